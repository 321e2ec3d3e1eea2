using System.Numerics;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Scenes;

/// <summary>Random numbers without tensors: xoshiro256** (Blackman and Vigna 2018), the same on every machine.</summary>
internal sealed class SceneRandom
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    internal SceneRandom(ulong seed)
    {
        _a = Seeds.Derive(seed, "a");
        _b = Seeds.Derive(seed, "b");
        _c = Seeds.Derive(seed, "c");
        _d = Seeds.Derive(seed, "d") | 1; // Not all four may be 0.
    }

    /// <summary>From <paramref name="low"/> up to <paramref name="high"/>.</summary>
    internal double Uniform(double low = 0, double high = 1) => low + (high - low) * ((Next() >> 11) * (1.0 / (1UL << 53)));

    /// <summary>0 … <paramref name="bound"/> - 1.</summary>
    internal int Integer(int bound) => (int)(Uniform() * bound);

    internal bool Chance(double probability) => Uniform() < probability;

    /// <summary>-1 or 1.</summary>
    internal int Sign() => Chance(0.5) ? 1 : -1;

    /// <summary>White noise of variance 1.</summary>
    internal float Noise() => (int)(Next() >> 32) * (float)(1.7320508 / int.MaxValue);

    private ulong Next()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }
}
