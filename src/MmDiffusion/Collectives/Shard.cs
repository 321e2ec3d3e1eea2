namespace MmDiffusion.Collectives;

/// <summary>Neighbouring values that one rank owns.</summary>
/// <param name="Start">The first, from 0.</param>
/// <param name="Length">How many, at least 1.</param>
public readonly record struct Shard(long Start, long Length)
{
    /// <summary>Shards begin at multiples of this many values, so that what is computed block by block does not depend on who owns which.</summary>
    public const int Grain = 1 << 14;
}
