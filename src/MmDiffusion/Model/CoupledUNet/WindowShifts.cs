using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// By how many frames each cross-modal attention block shifts its windows in one forward pass (RS-MMA): drawn once, before the pass, so
/// that recomputing activations for a backward pass sees the same windows.
/// </summary>
public sealed class WindowShifts
{
    private readonly long[][] _shifts;

    /// <summary>Fixes the shifts.</summary>
    /// <param name="shifts">For each block that can shift, in the order the blocks run: one shift for the whole batch, or one for each sample.</param>
    public WindowShifts(IEnumerable<IReadOnlyList<long>> shifts) => _shifts = [.. shifts.Select(block => block.ToArray())];

    /// <summary>Fixes one shift for each block, the same for every sample.</summary>
    /// <param name="shifts">For each block that can shift, in the order the blocks run, 0 … F-w frames.</param>
    public static WindowShifts PerBlock(IEnumerable<long> shifts) => new(shifts.Select(shift => new[] { shift }));

    /// <summary>Number of blocks.</summary>
    public int Count => _shifts.Length;

    /// <summary>The shifts of one block: one for the whole batch, or one for each sample.</summary>
    public IReadOnlyList<long> this[int block] => _shifts[block];

    /// <summary>Draws the shifts of every sample and block uniformly from 0 … F-w.</summary>
    internal static WindowShifts Draw(IRandomSource random, IReadOnlyList<int> largest, long batch)
    {
        using var scope = NewDisposeScope();
        return new WindowShifts(largest.Select(most => random.Integers(most + 1, batch).data<long>().ToArray()).ToList());
    }
}
