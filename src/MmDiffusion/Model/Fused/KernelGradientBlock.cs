using System.Runtime.CompilerServices;
using MmDiffusion.Primitives;

namespace MmDiffusion.Model;

/// <summary>Some channels of the inputs times some outputs' gradients.</summary>
/// <param name="plan">How much is taken at a time.</param>
/// <param name="room">Where it is packed.</param>
/// <param name="x">The inputs, [N,H,W,C].</param>
/// <param name="gradient">The outputs' gradients, [N,H,W,out].</param>
/// <param name="channel">The first channel.</param>
/// <param name="output">The first output.</param>
internal readonly unsafe struct KernelGradientBlock(KernelGradientPlan plan, KernelGradientRoom room, ushort* x, ushort* gradient, int channel, int output)
{
    private readonly KernelGradientTiles _tiles = plan.Tiles;
    private readonly int _channels = Math.Min(plan.ChannelsAtOnce, plan.Channels - channel);
    private readonly int _outputs = Math.Min(plan.OutputsAtOnce, plan.Outputs - output);

    /// <summary>Sums over the places of one part.</summary>
    /// <param name="part">Which.</param>
    /// <param name="sums">[taps,channels,outputs]</param>
    /// <param name="biases">What the outputs' sums are added to, or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Sum(int part, float* sums, float* biases)
    {
        var (begin, end) = ((int)((long)_tiles.Count * part / plan.Parts), (int)((long)_tiles.Count * (part + 1) / plan.Parts));
        var copies = _tiles.SeparateTaps ? plan.Taps : 1;
        List(begin, 0);
        for (var tile = begin; tile < end; tile++)
            for (var copy = 0; copy < copies; copy++)
            {
                if (copy == 0) KernelGradientPacking.PackOutputs(room, _tiles.Inner, output, _outputs, biases);
                KernelGradientPacking.PackInputs(room, channel, _channels);
                // What is next is on its way to the cache while this is multiplied.
                if (copy + 1 < copies) List(tile, copy + 1);
                else if (tile + 1 < end) List(tile + 1, 0);
                for (var tap = copy; tap < (_tiles.SeparateTaps ? copy + 1 : plan.Taps); tap++) Multiply(tap, sums, accumulate: tile > begin);
            }
    }

    private void List(int tile, int copy)
    {
        _tiles.ListInputs(tile, copy, x, plan.Channels, room.Nothing, room.InputPlaces);
        if (copy > 0) return;
        _tiles.ListOutputs(tile, gradient, plan.Outputs, room.Nothing, room.OutputPlaces);
        KernelGradientPacking.Fetch(room.OutputPlaces, _tiles.Inner, output, _outputs);
        KernelGradientPacking.Fetch(room.InputPlaces, _tiles.Copied, channel, _channels);
    }

    private void Multiply(int tap, float* sums, bool accumulate)
    {
        var columns = KernelGradientPlan.Pad(_outputs);
        BlockProducts.Multiply(
            _channels, columns, _tiles.Inner, room.Inputs + _tiles.Offset(tap), room.InputStride, room.Outputs, columns,
            sums + (long)tap * plan.ChannelsAtOnce * plan.OutputsAtOnce, plan.OutputsAtOnce, accumulate);
    }
}
