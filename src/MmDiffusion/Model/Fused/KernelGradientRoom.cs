using System.Runtime.InteropServices;

namespace MmDiffusion.Model;

/// <summary>The memory in which one core multiplies inputs and gradients of a tile, made to stay in its cache.</summary>
internal readonly unsafe struct KernelGradientRoom : IDisposable
{
    private const int Alignment = 64;
    private const int Line = Alignment / sizeof(ushort);

    private readonly void* _memory;

    internal KernelGradientRoom(KernelGradientPlan plan)
    {
        var tiles = plan.Tiles;
        var lines = (tiles.Copied + Line - 1) / Line;
        (CopiedSpace, InputStride) = (lines * Line, (lines | 1) * Line);
        var widest = KernelGradientPlan.Pad(Math.Max(plan.Channels, plan.Outputs));
        var (inputs, outputs) = ((long)plan.ChannelsAtOnce * InputStride, (long)tiles.Inner * plan.OutputsAtOnce);
        _memory = NativeMemory.AlignedAlloc((nuint)((inputs + outputs + widest) * sizeof(ushort) + (CopiedSpace + tiles.Inner) * sizeof(ushort*)), Alignment);
        Inputs = (ushort*)_memory;
        Outputs = Inputs + inputs;
        Nothing = Outputs + outputs;
        InputPlaces = (ushort**)(Nothing + widest);
        OutputPlaces = InputPlaces + CopiedSpace;
        new Span<ushort>(Nothing, widest).Clear();
        for (var i = tiles.Copied; i < CopiedSpace; i++) InputPlaces[i] = Nothing;
    }

    /// <summary>Inputs, a row of places for each channel.</summary>
    internal ushort* Inputs { get; }

    /// <summary>From one row to the next: an odd number of cache lines, so that they do not crowd into a few places of the cache.</summary>
    internal int InputStride { get; }

    /// <summary>Places up to the next whole cache line.</summary>
    internal int CopiedSpace { get; }

    /// <summary>Gradients of the outputs, pairs of places: for each output a number of the first and one of the second.</summary>
    internal ushort* Outputs { get; }

    /// <summary>What padding is: a place of zeros.</summary>
    internal ushort* Nothing { get; }

    /// <summary>Where each place of the inputs lies.</summary>
    internal ushort** InputPlaces { get; }

    /// <summary>Where each place of the outputs lies.</summary>
    internal ushort** OutputPlaces { get; }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
