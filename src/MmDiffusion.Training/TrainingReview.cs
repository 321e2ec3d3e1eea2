using MmDiffusion.Data;
using MmDiffusion.Generation;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>Looks at a run: its loss on clips seen and held out, and samples of the model as it is.</summary>
/// <param name="folder">The run's.</param>
/// <param name="options">How many clips.</param>
/// <param name="data">Clips trained on.</param>
/// <param name="heldOut">Clips held out; null where there are none.</param>
/// <param name="generator">How the noise of samples is made, the same as long as the run continues.</param>
internal sealed class TrainingReview(
    TrainingFolder folder,
    TrainingRunOptions options,
    IClipSource data,
    IClipSource? heldOut,
    RandomGenerator generator)
{
    /// <summary>Measures the loss.</summary>
    /// <param name="model">The trained model as it is.</param>
    /// <param name="step">Its step.</param>
    /// <param name="cancellation">Stops between clips.</param>
    internal ReviewReport Measure(ModelDirectory model, long step, CancellationToken cancellation)
    {
        using var loss = new HeldOutLoss(model, options.Device);
        var seen = loss.Measure(data, options.HeldOutClips, cancellation);
        return new ReviewReport(step, seen, heldOut is null ? null : loss.Measure(heldOut, options.HeldOutClips, cancellation), null);
    }

    /// <summary>Draws a sheet of samples; returns null where none is asked for.</summary>
    /// <param name="model">The trained model as it is.</param>
    /// <param name="step">Its step.</param>
    /// <param name="cancellation">Stops between clips.</param>
    internal string? DrawSheet(ModelDirectory model, long step, CancellationToken cancellation)
    {
        if (options.SheetClips == 0) return null;
        if (model.Description.Kind == ModelKind.Upscaler)
            return UpscalerSheet.Draw(model, heldOut ?? data, options, folder.Samples(step), generator, cancellation);
        using var joint = JointModel.Load(model, new ModelOptions { Device = options.Device ?? CPU });
        using var clips = new ClipFolder(folder.Samples(step), ClipFileFormat.Mp4, sheet: true);
        new ClipGenerator(joint).Generate(
            new GenerationOptions { Count = options.SheetClips, Seed = options.Seed, Generator = generator },
            clip => clips.Write(clip, $"clip-{clip.Manifest.Seed}", cancellation), cancellation: cancellation);
        return clips.WriteSheet();
    }
}

/// <summary>What a look at a run found.</summary>
/// <param name="Step">Of the run.</param>
/// <param name="Seen">Loss of the averaged weights on clips trained on, by range of timesteps, see <see cref="HeldOutLoss"/>.</param>
/// <param name="Unseen">The same on clips held out; null where there are none.</param>
/// <param name="Sheet">The picture of samples; null where none was asked for.</param>
public sealed record ReviewReport(long Step, IReadOnlyList<double> Seen, IReadOnlyList<double>? Unseen, string? Sheet);

/// <summary>
/// What an upscaler does, as a picture: each row a small frame, what bicubic and what the upscaler makes of it, and the truth.
/// </summary>
internal static class UpscalerSheet
{
    private const string SheetFile = "sheet.png";

    internal static string Draw(
        ModelDirectory model,
        IClipSource source,
        TrainingRunOptions options,
        string folder,
        RandomGenerator generator,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var upscaler = Upscaler.Load(model, new ModelOptions { Device = options.Device ?? CPU });
        var enlarger = new FrameUpscaler(upscaler, new UpscalingOptions { Generator = generator });
        var reduction = new FrameDegradation(new DegradationOptions(), model.Description.SuperResolution!.SmallSize);
        var rows = Enumerable.Range(0, Math.Min(options.SheetClips, source.Count)).Select(i =>
        {
            var truth = ClipSources.Read(source, (int)((long)i * source.Count / options.SheetClips)).Video; // [1,3,H,W]
            var small = reduction.Reduce(truth);
            long[] size = [truth.shape[2], truth.shape[3]];
            var enlarged = enlarger.Upscale(small, options.Seed, cancellation: cancellation);
            return cat(
                [Enlarge(small, size, InterpolationMode.Nearest), Enlarge(small, size, InterpolationMode.Bicubic), enlarged, truth],
                dim: 3);
        });
        var picture = ClipTensors.ToFrames(cat([.. rows], dim: 2), rate: 1);
        var path = Path.Combine(folder, SheetFile);
        PngImage.Write(path, picture[0], picture.Height, picture.Width);
        return path;
    }

    private static Tensor Enlarge(Tensor frames, long[] size, InterpolationMode mode) =>
        nn.functional.interpolate(frames, size, mode: mode, align_corners: mode == InterpolationMode.Bicubic ? false : null);
}
