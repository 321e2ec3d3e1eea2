namespace MmDiffusion.Data.Scenes;

/// <summary>Noise between two frequencies, of variance about 1.</summary>
internal struct BandNoise
{
    private readonly SceneRandom _random;
    private readonly double _lowPull;
    private readonly double _highPull;
    private readonly double _gain;
    private double _low;
    private double _high;

    internal BandNoise(SceneRandom random, int rate, double low, double high)
    {
        (_random, _lowPull, _highPull) = (random, Pull(low, rate), Pull(high, rate));
        _gain = Math.Sqrt((2 - _highPull) / _highPull); // One-pole filters keep a/(2-a) of white noise's variance.
    }

    internal double Next()
    {
        _high += (_random.Noise() * _gain - _high) * _highPull;
        _low += (_high - _low) * _lowPull;
        return _high - _low;
    }

    /// <summary>How far a one-pole filter of a cutoff moves at each sample, 0 … 1.</summary>
    internal static double Pull(double cutoff, int rate) => 1 - Math.Exp(-Math.Tau * cutoff / rate);
}
