using MmDiffusion.Data;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>Looks at a run: its loss on clips seen and held out, and samples of the model as it is.</summary>
/// <param name="folder">The run's.</param>
/// <param name="options">How many clips.</param>
/// <param name="data">Clips trained on.</param>
/// <param name="heldOut">Clips held out; null where there are none.</param>
/// <param name="generator">How the noise of samples is made, the same as long as the run goes on.</param>
internal sealed class TrainingReview(TrainingFolder folder, TrainingRunOptions options, IClipSource data, IClipSource? heldOut, RandomGenerator generator)
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
        if (model.Description.Kind == ModelKind.Upscaler) return UpscalerSheet.Draw(model, heldOut ?? data, options, folder.Samples(step), generator, cancellation);
        using var joint = JointModel.Load(model, new ModelOptions { Device = options.Device ?? CPU });
        using var clips = new ClipFolder(folder.Samples(step), ClipFileFormat.Mp4, sheet: true);
        new ClipGenerator(joint).Generate(
            new GenerationOptions { Count = options.SheetClips, Seed = options.Seed, Generator = generator },
            clip => clips.Write(clip, $"clip-{clip.Manifest.Seed}", cancellation), cancellation: cancellation);
        return clips.WriteSheet();
    }
}
