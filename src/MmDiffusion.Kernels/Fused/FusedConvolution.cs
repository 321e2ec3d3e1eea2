using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MmDiffusion.Kernels.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>
/// Convolutions in bfloat16, summed over taps and channels in float32 and rounded once. A part of the kernel is packed into a core's cache,
/// and what it sees at some positions at a time is brought together and multiplied with it.
/// </summary>
internal static unsafe class FusedConvolution
{
    private const int Lanes = ILanes<ushort>.Count;
    private const int MostColumns = 128;
    private const int MostPositions = 64;

    /// <summary>Numbers of a packed part of the kernel: 256 KB.</summary>
    private const int CachedNumbers = 1 << 17;

    /// <summary>A core multiplies as many elements in the time in which others go through one.</summary>
    private const int ProductsAtOnce = 64;

    /// <summary>
    /// Up to so many positions libtorch takes long to arrange the kernel before it convolves; with more its convolutions are faster.
    /// </summary>
    private const int ManyPositions = 1 << 13;

    /// <summary>Larger kernels do not stay in a core's cache while positions pass by.</summary>
    private const int ManyWeights = 300_000;

    /// <summary>Whether <see cref="Forward"/> and <see cref="Backward"/> take these, and are the faster way.</summary>
    /// <param name="x">[…,C], or […,out] for the backward pass.</param>
    /// <param name="weight">[out,C,…]</param>
    internal static bool Takes(Tensor x, Tensor weight) =>
        BlockProducts.HasBFloat16
            && x.device_type == DeviceType.CPU
            && x.dtype == ScalarType.BFloat16
            && weight.dtype == ScalarType.BFloat16
        && weight.size(0) % Lanes == 0
            && weight.size(1) % Lanes == 0
            && x.numel() > 0
            && x.numel() / x.size(-1) <= ManyPositions
            && weight.numel() <= ManyWeights;

    /// <summary>[N,H,W,C] → [N,H,W,out], sizes kept.</summary>
    /// <param name="x">Features; […,C] where the kernel's size is 1.</param>
    /// <param name="weight">[out,C,kH,kW], odd extents, or [out,C] and extents of 1.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal static Tensor Forward(Tensor x, Tensor weight, Tensor? bias, long dilation)
    {
        using var scope = NewDisposeScope();
        var (features, kernel, shift) = (x.contiguous(), weight.contiguous(), bias?.contiguous());
        var (input, extents) = (x.shape, weight.shape);
        var (outputs, channels) = ((int)extents[0], (int)extents[1]);
        var shape = ConvolutionShape.Of(input, extents, dilation);
        var result = empty([.. input[..^1], outputs], dtype: ScalarType.BFloat16);
        var weights = TensorMemory.Address<ushort>(kernel);
        Run(
            shape,
            TensorMemory.Address<ushort>(features),
            channels,
            outputs,
            TensorMemory.Address<ushort>(result),
            shift is null ? null : TensorMemory.Address<ushort>(shift),
            KernelColumns.OutputScratch(channels * shape.Taps),
            (first, count, scratch, to) =>
                KernelColumns.PackOutputs(weights + (long)first * channels * shape.Taps, channels, shape.Taps, count, scratch, to));
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The gradient of the features: [N,H,W,out] → [N,H,W,C].</summary>
    /// <param name="gradient">Of the result.</param>
    /// <param name="weight">[out,C,kH,kW], odd extents, or [out,C] and extents of 1.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal static Tensor Backward(Tensor gradient, Tensor weight, long dilation)
    {
        using var scope = NewDisposeScope();
        var (given, kernel) = (gradient.contiguous(), weight.contiguous());
        var (input, extents) = (gradient.shape, weight.shape);
        var (outputs, channels) = ((int)extents[0], (int)extents[1]);
        var shape = ConvolutionShape.Of(input, extents, dilation);
        var result = empty([.. input[..^1], channels], dtype: ScalarType.BFloat16);
        var weights = TensorMemory.Address<ushort>(kernel);
        Run(
            shape,
            TensorMemory.Address<ushort>(given),
            outputs,
            channels,
            TensorMemory.Address<ushort>(result),
            null,
            KernelColumns.ChannelScratch(MostColumns * shape.Taps),
            (first, count, scratch, to) =>
                KernelColumns.PackChannels(
                    weights + (long)first * shape.Taps, channels * shape.Taps, outputs, shape.Taps, count, scratch, to));
        return result.MoveToOuterDisposeScope();
    }

    private static void Run(
        ConvolutionShape shape,
        ushort* source,
        int width,
        int columns,
        ushort* to,
        ushort* bias,
        int packingScratch,
        Pack pack)
    {
        var inner = width * shape.Taps;
        var panels = Ceiling.Of(columns, Math.Clamp(CachedNumbers / inner / Lanes * Lanes, 2 * Lanes, MostColumns));
        var (atOnce, tiles) = (Ceiling.Of(columns / Lanes, panels) * Lanes, Ceiling.Of(shape.Positions, MostPositions));
        panels = Ceiling.Of(columns, atOnce);
        var products = (long)shape.Positions * inner * columns;
        Threads.Share(panels * tiles, products / ProductsAtOnce, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (begin, end) =>
        {
            var (packedSize, seenSize, sumsSize) = ((long)inner * atOnce * sizeof(ushort), shape.Taps == 1
                ? 0
                : (long)MostPositions * inner * sizeof(ushort), MostPositions * atOnce * sizeof(float));
            using var buffer = new NativeBuffer(packedSize + seenSize + sumsSize + packingScratch * sizeof(uint));
            var packed = buffer.Address;
            var seen = (ushort*)(packed + packedSize);
            var sums = (float*)(packed + packedSize + seenSize);
            var scratch = (uint*)(packed + packedSize + seenSize + sumsSize);
            var panel = -1;
            try
            {
                for (var work = begin; work < end; work++)
                {
                    var (column, position) = (work / tiles * atOnce, work % tiles * MostPositions);
                    var (wide, count) = (Math.Min(atOnce, columns - column), Math.Min(MostPositions, shape.Positions - position));
                    if (panel != work / tiles) pack(column, wide, scratch, (uint*)packed);
                    panel = work / tiles;
                    var rows = shape.Taps == 1 ? source + (long)position * width : seen;
                    if (shape.Taps > 1) Gather(shape, source, width, position, count, seen);
                    BlockProducts.Multiply(count, wide, inner, rows, inner, (ushort*)packed, wide, sums, wide);
                    for (var i = 0; i < count; i++)
                        Write(
                            sums + (long)i * wide,
                            bias == null ? null : bias + column,
                            to + (long)(position + i) * columns + column,
                            wide);
                }
            }
            finally
            {
                BlockProducts.Release();
            }
        });
    }

    /// <summary>What the kernel sees at some positions, side by side; what lies outside is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(ConvolutionShape shape, ushort* source, int width, int first, int count, ushort* to)
    {
        var stride = width * shape.Taps;
        for (var tap = 0; tap < shape.Taps; tap++)
        {
            var (down, right) = (shape.Down(tap), shape.Right(tap));
            for (var i = 0; i < count;)
            {
                var (row, column) = ((first + i) / shape.Width % shape.Height + down, (first + i) % shape.Width);
                var run = Math.Min(shape.Width - column, count - i);
                // Of these columns some may see what lies beside the picture.
                var (begin, end) = row < 0 || row >= shape.Height
                    ? (run, run)
                    : (Math.Clamp(-right - column, 0, run), Math.Clamp(shape.Width - right - column, 0, run));
                if (begin >= end) (begin, end) = (run, run);
                var target = to + (long)i * stride + tap * width;
                for (var j = 0; j < begin; j++, target += stride) Clear(target, width);
                var from = source + ((long)(first + i) + (long)down * shape.Width + right + begin) * width;
                for (var j = begin; j < end; j++, target += stride, from += width) Copy(from, target, width);
                for (var j = end; j < run; j++, target += stride) Clear(target, width);
                i += run;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(ushort* from, ushort* to, int count)
    {
        for (var c = 0; c < count; c += Lanes) Vector256.Load(from + c).Store(to + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(ushort* to, int count)
    {
        for (var c = 0; c < count; c += Lanes) Vector256<ushort>.Zero.Store(to + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(float* sums, ushort* bias, ushort* to, int count)
    {
        for (var c = 0; c < count; c += Lanes)
        {
            var sum = Vector512.Load(sums + c);
            BFloat16Lanes.Store(to + c, bias == null ? sum : sum + BFloat16Lanes.Load(bias + c));
        }
    }

    /// <summary>Packs some columns of a kernel.</summary>
    private delegate void Pack(int first, int count, uint* scratch, uint* to);
}

/// <summary>What a convolution that keeps sizes goes over: positions, and the taps of its kernel.</summary>
/// <param name="Height">Rows of a sample.</param>
/// <param name="Width">Columns of a sample.</param>
/// <param name="Positions">Of all samples.</param>
/// <param name="Rows">Of the kernel, an odd number.</param>
/// <param name="Columns">Of the kernel, an odd number.</param>
/// <param name="Dilation">Distance between the columns that the kernel sees.</param>
internal readonly record struct ConvolutionShape(int Height, int Width, int Positions, int Rows, int Columns, int Dilation)
{
    internal int Taps => Rows * Columns;

    /// <summary>How many rows further down a tap sees.</summary>
    internal int Down(int tap) => tap / Columns - Rows / 2;

    /// <summary>How many columns further right a tap sees.</summary>
    internal int Right(int tap) => (tap % Columns - Columns / 2) * Dilation;

    /// <summary>The shape of a convolution; one of size 1 does not care how positions are arranged.</summary>
    /// <param name="input">[N,H,W,C], or […,C] where the kernel's size is 1.</param>
    /// <param name="kernel">[out,C,kH,kW], or [out,C] and extents of 1.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal static ConvolutionShape Of(ReadOnlySpan<long> input, ReadOnlySpan<long> kernel, long dilation)
    {
        var (positions, taps) = (1L, 1L);
        foreach (var extent in input[..^1]) positions *= extent;
        foreach (var extent in kernel[2..]) taps *= extent;
        return taps == 1
            ? new ConvolutionShape(1, checked((int)positions), (int)positions, 1, 1, 1)
            : new ConvolutionShape((int)input[1], (int)input[2], checked((int)positions), (int)kernel[2], (int)kernel[3], (int)dilation);
    }
}

/// <summary>
/// The kernel of a convolution in bfloat16 as the second factor of <see cref="Runtime.BlockProducts"/>: rows for taps and what is summed
/// over, in pairs.
/// </summary>
internal static unsafe class KernelColumns
{
    private const int Lanes = ILanes<ushort>.Count;

    /// <summary>
    /// Pairs of elements for which <see cref="PackOutputs"/> needs scratch, for a kernel of so many elements of an output.
    /// </summary>
    internal static int OutputScratch(int elements) => elements / 2 * Lanes;

    /// <summary>Pairs of elements for which <see cref="PackChannels"/> needs scratch, for so many elements of some channels.</summary>
    internal static int ChannelScratch(int elements) => elements + 2 * Lanes;

    /// <summary>For the forward pass: a column for each output, rows of taps and channels.</summary>
    /// <param name="kernel">[out,C,taps], from the first output on.</param>
    /// <param name="channels">C, a multiple of sixteen.</param>
    /// <param name="taps">Of the kernel.</param>
    /// <param name="outputs">How many, a multiple of sixteen.</param>
    /// <param name="scratch">Of <see cref="OutputScratch"/>.</param>
    /// <param name="to">[taps*C/2,outputs] pairs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackOutputs(ushort* kernel, int channels, int taps, int outputs, uint* scratch, uint* to)
    {
        var elements = channels * taps;
        var block = stackalloc Vector512<uint>[Lanes];
        for (var output = 0; output < outputs; output += Lanes)
        {
            for (var unit = 0; unit < elements / 2; unit += Lanes)
            {
                var count = Math.Min(Lanes, elements / 2 - unit);
                for (var i = 0; i < Lanes; i++) block[i] = Load((uint*)(kernel + (long)(output + i) * elements) + unit, count);
                SquareTransposition.Apply(block);
                for (var i = 0; i < count; i++) block[i].Store(scratch + (long)(unit + i) * Lanes);
            }
            // The scratch memory has the elements of channels and taps as they lie in memory, two in each row. Rows to be are two channels
            // of one tap.
            for (var tap = 0; tap < taps; tap++)
                for (var channel = 0; channel < channels; channel += 2)
                {
                    var (first, second) = (channel * taps + tap, (channel + 1) * taps + tap);
                    var (lower, upper) = (Vector512.Load(scratch + first / 2 * Lanes), Vector512.Load(scratch + second / 2 * Lanes));
                    lower = first % 2 == 0 ? lower & Vector512.Create(0xffffu) : lower >> 16;
                    upper = second % 2 == 0 ? upper << 16 : upper & Vector512.Create(0xffff0000u);
                    (lower | upper).Store(to + (long)(tap * channels + channel) / 2 * outputs + output);
                }
        }
    }

    /// <summary>For the backward pass: a column for each channel, rows of taps and outputs, taps from the last to the first.</summary>
    /// <param name="kernel">[out,C,taps], from the first channel on.</param>
    /// <param name="stride">Numbers from one output to the next.</param>
    /// <param name="outputs">All, an even number.</param>
    /// <param name="taps">Of the kernel.</param>
    /// <param name="channels">How many, a multiple of sixteen.</param>
    /// <param name="scratch">Of <see cref="ChannelScratch"/>.</param>
    /// <param name="to">[taps*out/2,channels] pairs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackChannels(ushort* kernel, int stride, int outputs, int taps, int channels, uint* scratch, uint* to)
    {
        var elements = channels * taps;
        var block = stackalloc Vector512<uint>[Lanes];
        for (var output = 0; output < outputs; output += 2)
        {
            ushort* first = kernel + (long)output * stride, second = first + stride;
            var paired = taps == 1 ? to + (long)output / 2 * channels : scratch;
            for (var i = 0; i < elements; i += Lanes) RowPairs.Of(Vector256.Load(first + i), Vector256.Load(second + i)).Store(paired + i);
            if (taps == 1) continue;
            for (var channel = 0; channel < channels; channel += Lanes)
                for (var tap = 0; tap < taps; tap += Lanes)
                {
                    for (var i = 0; i < Lanes; i++) block[i] = Vector512.Load(scratch + (channel + i) * taps + tap);
                    SquareTransposition.Apply(block);
                    for (var i = 0; i < Math.Min(Lanes, taps - tap); i++)
                        block[i].Store(to + ((long)(taps - 1 - tap - i) * outputs + output) / 2 * channels + channel);
                }
        }
    }

    /// <summary>Some units, of which those behind the last are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Load(uint* from, int count) =>
        count == Lanes ? Vector512.Load(from) : Vector512.Create(Vector256.Load(from), Vector256<uint>.Zero);
}
