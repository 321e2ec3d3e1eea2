using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Kernels.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Fused;

/// <summary>
/// The gradients of a convolution's kernel and bias in bfloat16, summed over positions in float32 and rounded once. Inputs and gradients of
/// outputs are packed into a core's cache a tile at a time, and multiplied there for all taps.
/// </summary>
internal static unsafe class FusedKernelGradient
{
    /// <summary>Whether <see cref="Of"/> takes these.</summary>
    internal static bool Takes(Tensor gradient, Tensor x) =>
        BlockProducts.HasBFloat16
            && x.device_type == DeviceType.CPU
            && x.dtype == ScalarType.BFloat16
            && gradient.dtype == ScalarType.BFloat16
        && x.numel() > 0
            && gradient.numel() > 0;

    /// <summary>Gives the gradients of kernel, [out,C,kH,kW], and bias, [out].</summary>
    /// <param name="gradient">Of the output, [N,H,W,out].</param>
    /// <param name="x">The input, [N,H,W,C].</param>
    /// <param name="kernel">Shape of the kernel, [out,C,kH,kW], odd extents.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal static (Tensor Kernel, Tensor Bias) Of(Tensor gradient, Tensor x, long[] kernel, long dilation)
    {
        using var scope = NewDisposeScope();
        var (ofKernel, ofBias) = (empty(kernel, dtype: ScalarType.BFloat16), empty(kernel[0], dtype: ScalarType.BFloat16));
        Run(gradient, x, kernel, dilation, TensorMemory.Address<ushort>(ofKernel), TensorMemory.Address<ushort>(ofBias));
        return (ofKernel.MoveToOuterDisposeScope(), ofBias.MoveToOuterDisposeScope());
    }

    /// <summary>The same, added to sums without rounding.</summary>
    /// <param name="gradient">Of the output, [N,H,W,out].</param>
    /// <param name="x">The input, [N,H,W,C].</param>
    /// <param name="kernel">Shape of the kernel, [out,C,kH,kW], odd extents.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    /// <param name="sums">Of as many elements.</param>
    internal static void Add(Tensor gradient, Tensor x, long[] kernel, long dilation, GradientSums sums) =>
        Run(gradient, x, kernel, dilation, TensorMemory.Address<float>(sums.Weight), TensorMemory.Address<float>(sums.Bias));

    private static void Run<T>(Tensor gradient, Tensor x, long[] kernel, long dilation, T* ofKernel, T* ofBias) where T : unmanaged
    {
        using var scope = NewDisposeScope();
        var (outputs, inputs) = (gradient.contiguous(), x.contiguous());
        var plan = new KernelGradientPlan(x.shape, kernel, (int)dilation);
        var (sumCount, biasCount) = ((long)plan.Blocks * plan.Parts * plan.SumCount, plan.OutputBlocks * plan.Parts * plan.OutputsAtOnce);
        using var buffer = new NativeBuffer((sumCount + biasCount) * sizeof(float));
        var sums = (float*)buffer.Address;
        var biases = sums + sumCount;
        new Span<float>(biases, biasCount).Clear();
        Multiply(plan, TensorMemory.Address<ushort>(inputs), TensorMemory.Address<ushort>(outputs), sums, biases, ofKernel, ofBias);
        if (plan.Parts > 1) KernelGradientSums.Write(plan, sums, biases, ofKernel, ofBias);
    }

    private static void Multiply<T>(
        KernelGradientPlan plan,
        ushort* x,
        ushort* gradient,
        float* sums,
        float* biases,
        T* ofKernel,
        T* ofBias) where T : unmanaged
    {
        var products = (long)plan.Tiles.Positions * plan.Channels * plan.Outputs;
        Threads.For(plan.Blocks * plan.Parts, products, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (work) =>
        {
            var (block, part) = (work / plan.Parts, work % plan.Parts);
            var (channel, output) = (block % plan.ChannelBlocks * plan.ChannelsAtOnce, block / plan.ChannelBlocks * plan.OutputsAtOnce);
            var bias = channel == 0 ? biases + plan.BiasIndex(output) + part * plan.OutputsAtOnce : null;
            using var buffers = new KernelGradientBuffers(plan);
            new KernelGradientBlock(plan, buffers, x, gradient, channel, output).Sum(part, sums + (long)work * plan.SumCount, bias);
            BlockProducts.Release();
            // What has no other parts to be added to is done while it is in the cache.
            if (plan.Parts == 1) KernelGradientSums.WriteBlock(plan, block, sums, biases, ofKernel, ofBias);
        });
    }
}

/// <summary>
/// How the gradient of a convolution's kernel is divided: into blocks of channels × outputs whose sums stay in a core's cache, and the
/// positions of each block among parts with sums of their own. It depends on shapes alone, so that results do not depend on the number of
/// threads.
/// </summary>
internal sealed class KernelGradientPlan
{
    /// <summary>Numbers of a vector: channels and outputs in memory are multiples of it.</summary>
    internal const int Lanes = ILanes<ushort>.Count;

    private const int MostOutputs = 128;
    private const int MostChannels = 64;

    /// <summary>Sums of 320 KB, which leaves space for inputs and outputs in a core's second cache.</summary>
    private const int CachedSums = 80 << 10;

    private const int MostWork = 16;
    private const int LeastWork = 2;

    /// <summary>With fewer positions, a part's sums would cost more than its products.</summary>
    private const int LeastPositions = 512;

    /// <param name="input">[N,H,W,C]</param>
    /// <param name="kernel">[out,C,kH,kW], odd extents.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal KernelGradientPlan(long[] input, long[] kernel, int dilation)
    {
        (Outputs, Channels, Taps) = ((int)kernel[0], (int)kernel[1], (int)(kernel[2] * kernel[3]));
        OutputsAtOnce = Share(Outputs, MostOutputs);
        ChannelsAtOnce = Share(Channels, Math.Clamp(CachedSums / (Taps * OutputsAtOnce) / Lanes * Lanes, Lanes, MostChannels));
        OutputBlocks = Ceiling.Of(Outputs, OutputsAtOnce);
        Tiles = new KernelGradientTiles(input, kernel, dilation, OutputsAtOnce);
        // Few positions have few parts, and some threads nothing to do.
        if (OutputBlocks * Ceiling.Of(Channels, ChannelsAtOnce) < LeastWork && Tiles.Positions < LeastWork * LeastPositions)
            ChannelsAtOnce = Share(Channels, Math.Max(Lanes, ChannelsAtOnce / LeastWork));
        ChannelBlocks = Ceiling.Of(Channels, ChannelsAtOnce);
        Parts = Math.Clamp(Math.Min(Tiles.Positions / LeastPositions, MostWork / Blocks), 1, Tiles.Count);
    }

    internal int Channels { get; }

    internal int Outputs { get; }

    /// <summary>Numbers of the kernel for each channel and output.</summary>
    internal int Taps { get; }

    /// <summary>Channels of a block; the last may have fewer.</summary>
    internal int ChannelsAtOnce { get; }

    /// <summary>Outputs of a block; the last may have fewer.</summary>
    internal int OutputsAtOnce { get; }

    internal int ChannelBlocks { get; }

    internal int OutputBlocks { get; }

    internal int Blocks => ChannelBlocks * OutputBlocks;

    /// <summary>Parts of each block.</summary>
    internal int Parts { get; }

    /// <summary>What is taken at a time of positions.</summary>
    internal KernelGradientTiles Tiles { get; }

    /// <summary>Sums of one part of one block: [taps,channels,outputs].</summary>
    internal int SumCount => Taps * ChannelsAtOnce * OutputsAtOnce;

    /// <summary>Where the first part's sum of a number of the kernel is among [blocks,parts,taps,channels,outputs].</summary>
    internal long SumIndex(int tap, int channel, int output)
    {
        var block = output / OutputsAtOnce * ChannelBlocks + channel / ChannelsAtOnce;
        return (long)block * Parts * SumCount
            + ((long)tap * ChannelsAtOnce + channel % ChannelsAtOnce) * OutputsAtOnce
            + output % OutputsAtOnce;
    }

    /// <summary>Where the first part's sum of an output is among [output blocks,parts,outputs].</summary>
    internal int BiasIndex(int output) => output / OutputsAtOnce * Parts * OutputsAtOnce + output % OutputsAtOnce;

    /// <summary>Rounds up to whole vectors.</summary>
    internal static int Pad(int count) => Ceiling.Of(count, Lanes) * Lanes;

    private static int Share(int count, int most) => Pad(Ceiling.Of(count, Ceiling.Of(count, most)));
}

/// <summary>
/// Adds the parts' sums in their order, and hands them on as a kernel lies in memory: rounded to bfloat16, or added to float32.
/// </summary>
internal static unsafe class KernelGradientSums
{
    private const int Lanes = KernelGradientPlan.Lanes;

    /// <summary>All of a kernel.</summary>
    /// <param name="plan">How the sums lie.</param>
    /// <param name="sums">[blocks,parts,taps,channels,outputs]</param>
    /// <param name="biases">[output blocks,parts,outputs]</param>
    /// <param name="kernel">[out,C,taps]</param>
    /// <param name="bias">[out]</param>
    internal static void Write<T>(KernelGradientPlan plan, float* sums, float* biases, T* kernel, T* bias) where T : unmanaged
    {
        var (groups, elements) = (Ceiling.Of(plan.Outputs, Lanes), plan.Channels * plan.Taps);
        var blocks = Ceiling.Of(elements, Lanes);
        Threads.For(groups * blocks, (long)plan.Blocks * plan.Parts * plan.SumCount, work =>
            WriteSquare(plan, sums, biases, work / blocks * Lanes, work % blocks * Lanes, kernel, bias));
    }

    /// <summary>The elements of a kernel that one block has the sums of.</summary>
    /// <param name="plan">How the sums lie.</param>
    /// <param name="block">Which.</param>
    /// <param name="sums">[blocks,parts,taps,channels,outputs]</param>
    /// <param name="biases">[output blocks,parts,outputs]</param>
    /// <param name="kernel">[out,C,taps]</param>
    /// <param name="bias">[out]</param>
    internal static void WriteBlock<T>(KernelGradientPlan plan, int block, float* sums, float* biases, T* kernel, T* bias)
        where T : unmanaged
    {
        var (channel, output) = (block % plan.ChannelBlocks * plan.ChannelsAtOnce, block / plan.ChannelBlocks * plan.OutputsAtOnce);
        var (endChannel, endOutput) = (Math.Min(channel + plan.ChannelsAtOnce, plan.Channels), Math.Min(
            output + plan.OutputsAtOnce,
            plan.Outputs));
        for (; output < endOutput; output += Lanes)
            for (var first = channel * plan.Taps; first < endChannel * plan.Taps; first += Lanes)
                WriteSquare(plan, sums, biases, output, first, kernel, bias);
    }

    /// <summary>Up to sixteen elements of up to sixteen outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteSquare<T>(KernelGradientPlan plan, float* sums, float* biases, int output, int first, T* kernel, T* bias)
        where T : unmanaged
    {
        var (elements, perTap) = (plan.Channels * plan.Taps, plan.ChannelsAtOnce * plan.OutputsAtOnce);
        var (outputs, count) = (Math.Min(Lanes, plan.Outputs - output), Math.Min(Lanes, elements - first));
        if (first == 0) Store(bias + output, outputs, Add(biases + plan.BiasIndex(output), plan.Parts, plan.OutputsAtOnce));
        var square = stackalloc Vector512<uint>[Lanes];
        var (channel, tap) = Math.DivRem(first, plan.Taps);
        var left = plan.ChannelsAtOnce - channel % plan.ChannelsAtOnce;
        var row = sums + plan.SumIndex(0, channel, output);
        for (var i = 0; i < count; i++)
        {
            square[i] = Add(row + (long)tap * perTap, plan.Parts, plan.SumCount).AsUInt32();
            if (++tap < plan.Taps) continue;
            (tap, channel, left) = (0, channel + 1, left - 1);
            row += plan.OutputsAtOnce;
            if (left > 0 || i + 1 == count) continue;
            left = plan.ChannelsAtOnce;
            row = sums + plan.SumIndex(0, channel, output);
        }
        for (var i = count; i < Lanes; i++) square[i] = Vector512<uint>.Zero;
        SquareTransposition.Apply(square);
        for (var o = 0; o < outputs; o++) Store(kernel + (long)(output + o) * elements + first, count, square[o].AsSingle());
    }

    private static void Store<T>(T* to, int count, Vector512<float> values) where T : unmanaged
    {
        if (typeof(T) == typeof(float)) AddTo((float*)to, count, values);
        else BFloat16Lanes.Store((ushort*)to, values, count);
    }

    private static void AddTo(float* to, int count, Vector512<float> values)
    {
        if (count == Lanes) (Vector512.Load(to) + values).Store(to);
        else for (var i = 0; i < count; i++) to[i] += values[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(float* from, int parts, int stride)
    {
        var sum = Vector512.Load(from);
        for (var part = 1; part < parts; part++) sum += Vector512.Load(from + (long)part * stride);
        return sum;
    }
}

/// <summary>
/// The positions of outputs that are taken at a time, and the inputs that their taps see. Where padding is little, a tile is some rows and
/// columns of one sample, padded in memory so that each tap is an offset in one copy of the inputs. Elsewhere it is positions one after the
/// other, and each tap has a copy of its own.
/// </summary>
internal sealed unsafe class KernelGradientTiles
{
    /// <summary>Copying an input costs as much as its products with so many outputs.</summary>
    private const double CopyCost = 20;

    private const int MostPositions = 512;

    private readonly int _samples, _height, _width, _columns, _dilation, _above, _beside;
    private readonly int _tileRows, _tileColumns, _pitch, _rowTiles, _columnTiles;

    /// <param name="input">[N,H,W,C]</param>
    /// <param name="kernel">[out,C,kH,kW]</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    /// <param name="outputs">That are multiplied at a time.</param>
    internal KernelGradientTiles(long[] input, long[] kernel, int dilation, int outputs)
    {
        (_samples, _height, _width, _columns, _dilation) = ((int)input[0], (int)input[1], (int)input[2], (int)kernel[3], dilation);
        (_above, _beside) = ((int)kernel[2] / 2, _columns / 2 * dilation);
        var taps = (int)kernel[2] * _columns;
        var mostColumns = _above > 0 && _beside == 0 ? Math.Max(KernelGradientPlan.Lanes, MostPositions / _height) : MostPositions;
        _columnTiles = Ceiling.Of(_width, mostColumns);
        _tileColumns = Ceiling.Of(_width, _columnTiles);
        // The end of a row is followed by the next one's beginning: one margin serves both.
        _pitch = _tileColumns + (_columnTiles == 1 ? _beside : 2 * _beside);
        _rowTiles = Math.Clamp((_height * _pitch + MostPositions / 2) / MostPositions, 1, _height);
        _tileRows = Ceiling.Of(_height, _rowTiles);
        Inner = Even((_tileRows - 1) * _pitch + _tileColumns);
        Count = _samples * _rowTiles * _columnTiles;
        Copied = Inner + 2 * _above * _pitch + 2 * _beside;
        var whole = (double)Count * (taps * outputs * (double)Inner + CopyCost * Copied);
        if (taps > 1 && whole < taps * (outputs + CopyCost) * Positions) return;
        SeparateTaps = true;
        Count = Ceiling.Of(Positions, MostPositions);
        Copied = Inner = Even(Ceiling.Of(Positions, Count));
    }

    internal int Positions => _samples * _height * _width;

    /// <summary>Tiles.</summary>
    internal int Count { get; }

    /// <summary>Positions of outputs of a tile, padding included: an even number.</summary>
    internal int Inner { get; }

    /// <summary>Positions of inputs of one copy.</summary>
    internal int Copied { get; }

    /// <summary>Whether each tap has a copy of its own.</summary>
    internal bool SeparateTaps { get; }

    /// <summary>What a tap's inputs begin with in a copy for all taps.</summary>
    internal int Offset(int tap) => SeparateTaps ? 0 : tap / _columns * _pitch + tap % _columns * _dilation;

    /// <summary>Lists where each position of a tile's outputs lies.</summary>
    /// <param name="tile">Which.</param>
    /// <param name="source">[N,H,W,width]</param>
    /// <param name="width">Numbers of a position.</param>
    /// <param name="nothing">What padding is.</param>
    /// <param name="to">[Inner]</param>
    internal void ListOutputs(int tile, ushort* source, int width, ushort* nothing, ushort** to)
    {
        if (SeparateTaps) ListPositions(tile, 0, 0, source, width, nothing, to);
        else ListRegion(tile, 0, 0, source, width, nothing, to, Inner);
    }

    /// <summary>Lists where each position of a tile's inputs lies.</summary>
    /// <param name="tile">Which.</param>
    /// <param name="tap">Whose copy.</param>
    /// <param name="source">[N,H,W,width]</param>
    /// <param name="width">Numbers of a position.</param>
    /// <param name="nothing">What padding is.</param>
    /// <param name="to">[Copied]</param>
    internal void ListInputs(int tile, int tap, ushort* source, int width, ushort* nothing, ushort** to)
    {
        if (SeparateTaps) ListPositions(tile, tap / _columns - _above, tap % _columns * _dilation - _beside, source, width, nothing, to);
        else ListRegion(tile, _above, _beside, source, width, nothing, to, Copied);
    }

    private void ListPositions(int tile, int down, int right, ushort* source, int width, ushort* nothing, ushort** to)
    {
        var (first, end) = (tile * Inner, Math.Min((tile + 1) * Inner, Positions));
        for (var position = first; position < end;)
        {
            var (row, column) = (position / _width % _height + down, position % _width);
            var count = Math.Min(_width - column, end - position);
            ListRow(
                source + (position + (long)down * _width + right) * width, width, row >= 0 && row < _height, column + right, _width,
                nothing, to + (position - first), count);
            position += count;
        }
        for (var i = end - first; i < Inner; i++) to[i] = nothing;
    }

    private void ListRegion(int tile, int above, int beside, ushort* source, int width, ushort* nothing, ushort** to, int count)
    {
        var (sample, firstRow, firstColumn) = (tile / _columnTiles / _rowTiles, tile / _columnTiles % _rowTiles * _tileRows, tile
            % _columnTiles
            * _tileColumns);
        var (endRow, endColumn) = (Math.Min(_height, firstRow + _tileRows + above), Math.Min(_width, firstColumn + _tileColumns + beside));
        var (row, column) = (firstRow - above, firstColumn - beside);
        for (var i = 0; i < count; i += _pitch, row++)
            ListRow(
                source + (((long)sample * _height + row) * _width + column) * width, width, row >= 0 && row < endRow, column, endColumn,
                nothing, to + i, Math.Min(_pitch, count - i));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ListRow(ushort* from, int width, bool exists, int column, int endColumn, ushort* nothing, ushort** to, int count)
    {
        var (begin, end) = exists ? (Math.Clamp(-column, 0, count), Math.Clamp(endColumn - column, 0, count)) : (count, count);
        Fill(nothing, 0, to, Math.Min(begin, end));
        if (begin < end) Fill(from + (long)begin * width, width, to + begin, end - begin);
        Fill(nothing, 0, to + end, count - end);
    }

    /// <summary>Lists positions one behind the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fill(ushort* from, int width, ushort** to, int count)
    {
        const int atOnce = 8;
        var i = 0;
        var positions = Vector512.Create((long)from) + Vector512<long>.Indices * (width * sizeof(ushort));
        for (var step = Vector512.Create((long)atOnce * width * sizeof(ushort)); i + atOnce <= count; i += atOnce, positions += step)
            positions.Store((long*)(to + i));
        for (; i < count; i++) to[i] = from + (long)i * width;
    }

    private static int Even(int count) => (count + 1) & ~1;
}
