using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Scenes;

/// <summary>The chance in one scene: a sequence of its own for its seed and use, the same on every machine.</summary>
internal sealed class SceneRandom(ulong seed)
{
    private ulong _place;

    /// <summary>Uniform in [0, 1).</summary>
    internal double Next() => (Seeds.Derive(seed, _place++) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in a range.</summary>
    internal double Between(double low, double high) => low + (high - low) * Next();

    /// <summary>A whole number, both ends included.</summary>
    internal int Whole(int low, int high) => low + (int)(Next() * (high - low + 1));

    /// <summary>Uniform in [-1, 1), for noise.</summary>
    internal float Noise() => (float)(2 * Next() - 1);

    /// <summary>An independent sequence for another use.</summary>
    internal SceneRandom Fork(string use) => new(Seeds.Derive(seed, use));

    /// <summary>Times of events from <paramref name="first"/> on, each a random while after the one before.</summary>
    internal List<double> Times(double first, double shortest, double longest, double end)
    {
        var times = new List<double>();
        for (var time = first; time < end; time += Between(shortest, longest)) times.Add(time);
        return times;
    }
}
