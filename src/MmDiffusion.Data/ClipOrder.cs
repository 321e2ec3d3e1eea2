using MmDiffusion.Primitives;

namespace MmDiffusion.Data;

/// <summary>
/// The order in which training sees clips: every clip once in each epoch, each epoch shuffled again. What comes at a place depends on the
/// seed and the place alone, so that a run resumes, or is split among machines, by number.
/// </summary>
/// <param name="count">Number of clips, at least 1.</param>
/// <param name="seed">Decides the order.</param>
/// <param name="flipProbability">How often a clip is mirrored, in [0, 1].</param>
public sealed class ClipOrder(int count, ulong seed, double flipProbability = 0)
{
    private readonly ulong _shuffleSeed = Seeds.Derive(seed, "shuffle");
    private readonly ulong _flipSeed = Seeds.Derive(seed, "flip");
    private readonly Lock _lock = new();
    private long _epoch = -1;
    private int[] _shuffled = [];

    /// <summary>The clip at a place.</summary>
    /// <param name="place">From 0, over all epochs.</param>
    /// <returns>The clip's number, and whether it is mirrored.</returns>
    public (int Index, bool Mirrored) At(long place)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        var chance = (Seeds.Derive(_flipSeed, (ulong)place) >> 11) * (1.0 / (1UL << 53));
        lock (_lock) return (Shuffled(place / count)[place % count], chance < flipProbability);
    }

    private int[] Shuffled(long epoch)
    {
        if (epoch == _epoch) return _shuffled;
        var epochSeed = Seeds.Derive(_shuffleSeed, (ulong)epoch);
        var keys = new ulong[count];
        var indices = new int[count];
        for (var i = 0; i < count; i++) (keys[i], indices[i]) = (Seeds.Derive(epochSeed, (ulong)i), i);
        Array.Sort(keys, indices);
        (_epoch, _shuffled) = (epoch, indices);
        return indices;
    }
}
