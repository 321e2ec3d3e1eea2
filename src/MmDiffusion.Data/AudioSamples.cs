namespace MmDiffusion.Data;

/// <summary>Samples as 16-bit numbers, of which 32,768 steps are full scale.</summary>
internal static class AudioSamples
{
    private const float FullScale = 32_768;

    /// <summary>Rounds samples; what lies out of range is clipped.</summary>
    internal static void Copy(ReadOnlySpan<float> samples, Span<short> target)
    {
        for (var i = 0; i < target.Length; i++)
            target[i] = (short)Math.Clamp(MathF.Round(samples[i] * FullScale), short.MinValue, short.MaxValue);
    }
}
