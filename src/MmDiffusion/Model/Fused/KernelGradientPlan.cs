namespace MmDiffusion.Model;

/// <summary>
/// How the gradient of a convolution's kernel is divided: into blocks of channels × outputs whose sums stay in a core's cache, and the places
/// of each block among parts with sums of their own. It depends on shapes alone, so that results do not depend on the number of threads.
/// </summary>
internal sealed class KernelGradientPlan
{
    /// <summary>Numbers of a vector: channels and outputs in memory are multiples of it.</summary>
    internal const int Lanes = ILanes<ushort>.Count;

    private const int MostOutputs = 128;
    private const int MostChannels = 64;

    /// <summary>Sums of 320 KB, which leaves room for inputs and outputs in a core's second cache.</summary>
    private const int CachedSums = 80 << 10;

    private const int MostWork = 16;
    private const int LeastWork = 2;

    /// <summary>With fewer places, a part's sums would cost more than its products.</summary>
    private const int LeastPlaces = 512;

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
        // Few places have few parts, and some threads nothing to do.
        if (OutputBlocks * Ceiling.Of(Channels, ChannelsAtOnce) < LeastWork && Tiles.Places < LeastWork * LeastPlaces) ChannelsAtOnce = Share(Channels, Math.Max(Lanes, ChannelsAtOnce / LeastWork));
        ChannelBlocks = Ceiling.Of(Channels, ChannelsAtOnce);
        Parts = Math.Clamp(Math.Min(Tiles.Places / LeastPlaces, MostWork / Blocks), 1, Tiles.Count);
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

    /// <summary>What is taken at a time of places.</summary>
    internal KernelGradientTiles Tiles { get; }

    /// <summary>Sums of one part of one block: [taps,channels,outputs].</summary>
    internal int SumCount => Taps * ChannelsAtOnce * OutputsAtOnce;

    /// <summary>Where the first part's sum of a number of the kernel is among [blocks,parts,taps,channels,outputs].</summary>
    internal long SumIndex(int tap, int channel, int output)
    {
        var block = output / OutputsAtOnce * ChannelBlocks + channel / ChannelsAtOnce;
        return (long)block * Parts * SumCount + ((long)tap * ChannelsAtOnce + channel % ChannelsAtOnce) * OutputsAtOnce + output % OutputsAtOnce;
    }

    /// <summary>Where the first part's sum of an output is among [output blocks,parts,outputs].</summary>
    internal int BiasIndex(int output) => output / OutputsAtOnce * Parts * OutputsAtOnce + output % OutputsAtOnce;

    /// <summary>Rounds up to whole vectors.</summary>
    internal static int Pad(int count) => Ceiling.Of(count, Lanes) * Lanes;

    private static int Share(int count, int most) => Pad(Ceiling.Of(count, Ceiling.Of(count, most)));
}
