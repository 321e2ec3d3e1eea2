namespace MmDiffusion.Primitives;

/// <summary>Independent seeds from one, so that each use of randomness has a sequence of its own.</summary>
public static class Seeds
{
    /// <summary>The seed of a named use, the same on every machine (SplitMix64 of the seed and the name's FNV-1a hash).</summary>
    /// <param name="seed">The clip's or the run's seed.</param>
    /// <param name="use">What the sequence is for, such as "upscaler".</param>
    public static ulong Derive(ulong seed, string use)
    {
        var hash = 0xcbf29ce484222325UL;
        foreach (var character in use) hash = (hash ^ character) * 0x100000001b3UL;
        return Mix(seed + hash);
    }

    /// <summary>The seed of a numbered use.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="number">Which of many alike.</param>
    public static ulong Derive(ulong seed, ulong number) => Mix(seed ^ Mix(number));

    private static ulong Mix(ulong state)
    {
        state += 0x9e3779b97f4a7c15UL;
        state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9UL;
        state = (state ^ (state >> 27)) * 0x94d049bb133111ebUL;
        return state ^ (state >> 31);
    }
}
