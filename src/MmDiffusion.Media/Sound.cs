namespace MmDiffusion.Media;

/// <summary>The sound of a clip: one channel of samples at a constant rate.</summary>
/// <param name="Samples">Samples in [-1, 1].</param>
/// <param name="Rate">Samples per second.</param>
public sealed record Sound(float[] Samples, int Rate)
{
    /// <summary>A sound whose every sample is below this (-60 dB) is silent: what dither and lossy codecs make of silence stays below it.</summary>
    public const float SilentPeak = 0.001f;

    /// <summary>Whether it is the mean of several channels of a file, since the first is silent.</summary>
    public bool IsMix { get; init; }

    /// <summary>Length in seconds.</summary>
    public double Duration => (double)Samples.Length / Rate;

    /// <summary>Whether no sample reaches <see cref="SilentPeak"/>.</summary>
    /// <param name="samples">Any number.</param>
    public static bool IsSilent(ReadOnlySpan<float> samples)
    {
        foreach (var sample in samples)
            if (Math.Abs(sample) >= SilentPeak) return false;
        return true;
    }
}
