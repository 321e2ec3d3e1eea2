using MmDiffusion.Data;
using MmDiffusion.Generation;
using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using MmDiffusion.Training;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Upscaling;

/// <summary>Measures an upscaler on frames whose large versions are known.</summary>
/// <param name="upscaler">The upscaler.</param>
/// <param name="options">How it samples.</param>
public sealed class UpscalerEvaluation(Upscaler upscaler, UpscalingOptions options)
{
    private const int Resamples = 2000;

    private readonly FrameUpscaler _enlarger = new(upscaler, options);
    private readonly FrameDegradation _degradation = new(new DegradationOptions(), upscaler.Configuration.SmallSize);

    /// <summary>The clips that the measurement asks for: frames of the upscaler's large size.</summary>
    /// <param name="upscaler">The upscaler.</param>
    /// <param name="frames">Frames of a clip, at least 2, so that there is a change to compare.</param>
    public static ClipShape ShapeFor(Upscaler upscaler, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 2);
        var one = upscaler.Directory.Description.TrainingShape();
        return one with { Frames = frames, AudioLength = one.AudioLength * frames };
    }

    /// <summary>
    /// Degrades the frames of clips as training does, each at random on its own, enlarges them and compares with the truth.
    /// </summary>
    /// <param name="clips">Clips of <see cref="ShapeFor"/>.</param>
    /// <param name="seed">Decides degradations and the upscaler's noise.</param>
    /// <param name="progress">Called with the number of clips done.</param>
    /// <param name="cancellation">Ends the work.</param>
    public UpscalerReport Measure(IClipSource clips, ulong seed, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        var scores = new List<(EnlargementScore Upscaler, EnlargementScore Bicubic)>();
        for (var clip = 0; clip < clips.Count; clip++)
        {
            scores.Add(MeasureClip(clips, clip, seed, cancellation));
            progress?.Invoke(clip + 1);
        }
        var gains = scores.ConvertAll(score => score.Upscaler.Psnr - score.Bicubic.Psnr);
        return new UpscalerReport(
            Mean(scores.ConvertAll(score => score.Upscaler)), Mean(scores.ConvertAll(score => score.Bicubic)),
            gains.Average(), Bootstrap.OfMean(gains, Resamples, seed), clips.Count, clips.Shape.Frames);
    }

    /// <summary>Compares frames with the true ones.</summary>
    /// <param name="frames">[F,3,H,W] in [-1, 1], at least 2.</param>
    /// <param name="truth">As many, of the same size.</param>
    internal static EnlargementScore Compare(Tensor frames, Tensor truth)
    {
        using var scope = NewDisposeScope();
        var error = (frames - truth).Times(127.5); // in levels of 255
        var meanSquare = error.Squared().mean([1, 2, 3]).Clamped(min: 1e-10);
        var psnr = meanSquare.reciprocal().Times(255.0 * 255.0).log10().mean().Times(10);
        var flicker = (error.narrow(0, 1, error.shape[0] - 1) - error.narrow(0, 0, error.shape[0] - 1)).abs().mean();
        return new EnlargementScore(psnr.item<float>(), flicker.item<float>());
    }

    private (EnlargementScore, EnlargementScore) MeasureClip(IClipSource clips, int clip, ulong seed, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var truth = ClipSources.Read(clips, clip).Video; // [F,3,H,W]
        // what it degrades stays the same in every version
        using var random = new BatchRandom(
            Enumerable.Range(0, (int)truth.shape[0]).Select(frame => Seeds.Derive(Seeds.Derive(seed, (ulong)clip), (ulong)frame)),
            RandomGenerator.MersenneTwister);
        var small = _degradation.Apply(truth, random);
        var (height, width) = (truth.shape[2], truth.shape[3]);
        var bicubic = nn.functional.interpolate(small, [height, width], mode: InterpolationMode.Bicubic, align_corners: false)
            .Clamped(-1, 1);
        return (Compare(_enlarger.Upscale(small, seed, cancellation: cancellation), truth), Compare(bicubic, truth));
    }

    private static EnlargementScore Mean(List<EnlargementScore> scores) =>
        new(scores.Average(score => score.Psnr), scores.Average(score => score.Flicker));
}

/// <summary>How near enlarged frames are to the true ones.</summary>
/// <param name="Psnr">Mean peak signal-to-noise ratio of the frames, in dB; higher is nearer.</param>
/// <param name="Flicker">Mean absolute error of the change from each frame to the next, in levels of 255; the truth has 0.</param>
public sealed record EnlargementScore(double Psnr, double Flicker);

/// <summary>An upscaler beside plain bicubic enlargement, on small frames degraded as in training.</summary>
/// <param name="Upscaler">The upscaler's frames.</param>
/// <param name="Bicubic">Bicubic frames from the same small ones.</param>
/// <param name="Gain">How many dB the upscaler is nearer, on average.</param>
/// <param name="GainInterval">The 95% interval of the gain, by bootstrap over clips.</param>
/// <param name="Clips">Number of clips.</param>
/// <param name="Frames">Frames of each.</param>
public sealed record UpscalerReport(
    EnlargementScore Upscaler,
    EnlargementScore Bicubic,
    double Gain,
    Interval GainInterval,
    int Clips,
    int Frames);
