using MmDiffusion.Data.Scenes;
using MmDiffusion.Generation;
using MmDiffusion.Media;

namespace MmDiffusion.Studio.Demo;

/// <summary>Clips to try a study with: synthetic scenes that pass for real ones, and what a model makes.</summary>
public static class DemoClips
{
    /// <summary>Label of the scenes.</summary>
    public const string Real = "real";

    /// <summary>Label of the model's clips.</summary>
    public const string Ours = "ours";

    /// <summary>Writes both.</summary>
    /// <param name="folder">Where to; each system gets a folder in it, named after its label.</param>
    /// <param name="model">Makes the clips of <see cref="Ours"/>.</param>
    /// <param name="count">How many of each, at least 1.</param>
    /// <param name="observer">Told how many of the model's clips are finished.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>The systems, as a study takes them.</returns>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public static IReadOnlyList<(string Label, string Folder)> Write(string folder, JointModel model, int count, Action<int>? observer = null, CancellationToken cancellation = default)
    {
        var (real, ours) = (Path.Combine(folder, Real), Path.Combine(folder, Ours));
        using var scenes = new SyntheticClipSource(count, 0, model.Directory.Description.TrainingShape());
        for (var i = 0; i < count; i++) SceneFiles.Write(SyntheticScenes.Create(scenes.SeedOf(i), scenes.Shape), real, FormattableString.Invariant($"clip-{i:D4}"), ClipFileFormat.Mp4, cancellation);
        var finished = 0;
        new ClipGenerator(model).Generate(
            new GenerationOptions { Count = count },
            clip =>
            {
                ClipFiles.Write(clip, ours, FormattableString.Invariant($"clip-{finished:D4}"), ClipFileFormat.Mp4, cancellation);
                observer?.Invoke(++finished);
            },
            cancellation: cancellation);
        return [(Real, real), (Ours, ours)];
    }
}
