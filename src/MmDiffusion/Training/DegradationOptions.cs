using MmDiffusion.Primitives;

namespace MmDiffusion.Training;

/// <summary>
/// What is done to small frames in training an upscaler, so that it also enlarges frames that are not perfect. The defaults are the
/// paper's (Table 1).
/// </summary>
public sealed record DegradationOptions
{
    /// <summary>Probability of noise, in [0, 1]. 0.5 by default.</summary>
    public double NoiseProbability { get; init; } = 0.5;

    /// <summary>The largest standard deviation of the noise, of 255 levels; it is uniform from 0. 20 by default.</summary>
    public double NoiseLevels { get; init; } = 20;

    /// <summary>Probability of JPEG compression, in [0, 1]. 0.5 by default.</summary>
    public double JpegProbability { get; init; } = 0.5;

    /// <summary>The lowest JPEG quality, 1 to 100; it is uniform up to the highest. 20 by default.</summary>
    public int JpegLowestQuality { get; init; } = 20;

    /// <summary>The highest JPEG quality, 1 to 100. 80 by default.</summary>
    public int JpegHighestQuality { get; init; } = 80;

    internal void Check(ValidationErrors errors)
    {
        errors.Require(NoiseProbability is >= 0 and <= 1, $"noise_probability is {NoiseProbability}, expected 0 to 1");
        errors.Require(NoiseLevels is >= 0 and <= 255, $"noise_levels is {NoiseLevels}, expected 0 to 255");
        errors.Require(JpegProbability is >= 0 and <= 1, $"jpeg_probability is {JpegProbability}, expected 0 to 1");
        errors.Require(JpegLowestQuality >= 1 && JpegLowestQuality <= JpegHighestQuality && JpegHighestQuality <= 100,
            $"jpeg qualities are {JpegLowestQuality} to {JpegHighestQuality}, expected a range within 1 to 100");
    }
}
