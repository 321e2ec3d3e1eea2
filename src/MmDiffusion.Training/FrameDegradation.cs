using MmDiffusion.Kernels;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>Makes the small frames that an upscaler learns to enlarge: reduced in size, some with noise, some compressed as JPEG.</summary>
/// <param name="options">How often and how much.</param>
/// <param name="size">Rows and columns of the small frames.</param>
public sealed class FrameDegradation(DegradationOptions options, int size)
{
    /// <summary>Degrades frames, each at random on its own.</summary>
    /// <param name="frames">[B,3,H,W] in [-1, 1].</param>
    /// <param name="random">The source of randomness, row by row.</param>
    /// <returns>[B,3,h,w] in [-1, 1], of whole levels of 255.</returns>
    public Tensor Apply(Tensor frames, IRandomSource random)
    {
        using var scope = NewDisposeScope();
        var batch = frames.shape[0];
        var small = Reduce(frames);
        var chances = random.Uniform(batch, 4).data<float>().ToArray(); // noise or not, its level, JPEG or not, its quality
        var noise = random.Normal(small.shape);
        var degraded = Enumerable.Range(0, (int)batch).Select(i => Degrade(small[i], noise[i], chances.AsSpan(4 * i, 4))).ToList();
        return stack(degraded).to(frames.device).MoveToOuterDisposeScope();
    }

    /// <summary>Reduces frames without degrading them otherwise.</summary>
    /// <param name="frames">[B,3,H,W] in [-1, 1].</param>
    /// <returns>[B,3,h,w] on the CPU.</returns>
    public Tensor Reduce(Tensor frames) =>
        nn.functional.interpolate(frames.cpu(), size: [size, size], mode: InterpolationMode.Area);

    private Tensor Degrade(Tensor frame, Tensor noise, ReadOnlySpan<float> chances)
    {
        if (chances[0] < options.NoiseProbability) frame = frame.Plus(noise.Times(chances[1] * options.NoiseLevels / 127.5));
        var levels = ClipTensors.ToFrames(frame.unsqueeze(0), rate: 1);
        if (chances[2] < options.JpegProbability)
        {
            var range = options.JpegHighestQuality - options.JpegLowestQuality + 1;
            levels = JpegImage.Recompress(levels, options.JpegLowestQuality + (int)(chances[3] * range));
        }
        return ClipTensors.FromFrames(levels)[0];
    }
}

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
