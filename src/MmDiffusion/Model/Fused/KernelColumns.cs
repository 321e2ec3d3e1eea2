using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MmDiffusion.Model;

/// <summary>The kernel of a convolution in bfloat16 as the second factor of <see cref="Primitives.BlockProducts"/>: rows for taps and what is summed over, in pairs.</summary>
internal static unsafe class KernelColumns
{
    private const int Lanes = ILanes<ushort>.Count;

    /// <summary>Pairs of numbers for which <see cref="PackOutputs"/> needs room, for a kernel of so many numbers of an output.</summary>
    internal static int OutputRoom(int numbers) => numbers / 2 * Lanes;

    /// <summary>Pairs of numbers for which <see cref="PackChannels"/> needs room, for so many numbers of some channels.</summary>
    internal static int ChannelRoom(int numbers) => numbers + 2 * Lanes;

    /// <summary>For the way there: a column for each output, rows of taps and channels.</summary>
    /// <param name="kernel">[out,C,taps], from the first output on.</param>
    /// <param name="channels">C, a multiple of sixteen.</param>
    /// <param name="taps">Of the kernel.</param>
    /// <param name="outputs">How many, a multiple of sixteen.</param>
    /// <param name="room">Of <see cref="OutputRoom"/>.</param>
    /// <param name="to">[taps*C/2,outputs] pairs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackOutputs(ushort* kernel, int channels, int taps, int outputs, uint* room, uint* to)
    {
        var numbers = channels * taps;
        var block = stackalloc Vector512<uint>[Lanes];
        for (var output = 0; output < outputs; output += Lanes)
        {
            for (var unit = 0; unit < numbers / 2; unit += Lanes)
            {
                var count = Math.Min(Lanes, numbers / 2 - unit);
                for (var i = 0; i < Lanes; i++) block[i] = Load((uint*)(kernel + (long)(output + i) * numbers) + unit, count);
                SquareTransposition.Apply(block);
                for (var i = 0; i < count; i++) block[i].Store(room + (long)(unit + i) * Lanes);
            }
            // The room has numbers of channels and taps as they lie in memory, two in each row. Rows to be are two channels of one tap.
            for (var tap = 0; tap < taps; tap++)
                for (var channel = 0; channel < channels; channel += 2)
                {
                    var (first, second) = (channel * taps + tap, (channel + 1) * taps + tap);
                    var (lower, upper) = (Vector512.Load(room + first / 2 * Lanes), Vector512.Load(room + second / 2 * Lanes));
                    lower = first % 2 == 0 ? lower & Vector512.Create(0xffffu) : lower >> 16;
                    upper = second % 2 == 0 ? upper << 16 : upper & Vector512.Create(0xffff0000u);
                    (lower | upper).Store(to + (long)(tap * channels + channel) / 2 * outputs + output);
                }
        }
    }

    /// <summary>For the way back: a column for each channel, rows of taps and outputs, taps from the last to the first.</summary>
    /// <param name="kernel">[out,C,taps], from the first channel on.</param>
    /// <param name="stride">Numbers from one output to the next.</param>
    /// <param name="outputs">All, an even number.</param>
    /// <param name="taps">Of the kernel.</param>
    /// <param name="channels">How many, a multiple of sixteen.</param>
    /// <param name="room">Of <see cref="ChannelRoom"/>.</param>
    /// <param name="to">[taps*out/2,channels] pairs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PackChannels(ushort* kernel, int stride, int outputs, int taps, int channels, uint* room, uint* to)
    {
        var numbers = channels * taps;
        var block = stackalloc Vector512<uint>[Lanes];
        for (var output = 0; output < outputs; output += 2)
        {
            ushort* first = kernel + (long)output * stride, second = first + stride;
            var paired = taps == 1 ? to + (long)output / 2 * channels : room;
            for (var i = 0; i < numbers; i += Lanes) RowPairs.Of(Vector256.Load(first + i), Vector256.Load(second + i)).Store(paired + i);
            if (taps == 1) continue;
            for (var channel = 0; channel < channels; channel += Lanes)
                for (var tap = 0; tap < taps; tap += Lanes)
                {
                    for (var i = 0; i < Lanes; i++) block[i] = Vector512.Load(room + (channel + i) * taps + tap);
                    SquareTransposition.Apply(block);
                    for (var i = 0; i < Math.Min(Lanes, taps - tap); i++) block[i].Store(to + ((long)(taps - 1 - tap - i) * outputs + output) / 2 * channels + channel);
                }
        }
    }

    /// <summary>Some units, of which those behind the last are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Load(uint* from, int count) => count == Lanes ? Vector512.Load(from) : Vector512.Create(Vector256.Load(from), Vector256<uint>.Zero);
}
