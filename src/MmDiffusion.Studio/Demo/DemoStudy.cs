using MmDiffusion.Data.Scenes;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Writing;
using MmDiffusion.Studio.Preparation;
using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Demo;

/// <summary>Makes a study of a model's clips against synthetic scenes.</summary>
public static class DemoStudy
{
    /// <summary>Makes it, under the first of the names demo, demo-2, demo-3, … that is free.</summary>
    /// <param name="database">Where it is stored.</param>
    /// <param name="model">What is studied.</param>
    /// <param name="request">What is asked, and of how many clips.</param>
    /// <param name="observer">Told how many of the model's clips are finished.</param>
    /// <param name="cancellation">Stops and leaves nothing behind.</param>
    /// <exception cref="MmDiffusionException">The clips cannot be made.</exception>
    public static async Task<CreatedStudy> CreateAsync(
        StudyDatabase database,
        JointModel model,
        DemoRequest request,
        Action<int>? observer = null,
        CancellationToken cancellation = default)
    {
        var taken = (await StudyReports.ListAsync(database, cancellation)).Select(study => study.Name).ToHashSet();
        var folder = TemporaryFiles.NewFolder();
        try
        {
            return await StudyMaker.CreateAsync(
                database,
                new StudyRequest
                {
                    Name = Enumerable.Range(1, int.MaxValue - 1)
                        .Select(number => number == 1 ? "demo" : FormattableString.Invariant($"demo-{number}"))
                        .First(name => !taken.Contains(name)),
                    Systems = DemoClips.Write(folder, model, request.Clips, observer, cancellation),
                    Plan = new StudyPlan { Kind = request.Kind, AttentionChecks = 1, Duplicates = request.Clips > 2 ? 1 : 0 },
                },
                cancellation: cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>A study to look at.</summary>
public sealed record DemoRequest
{
    /// <summary>As many clips as make a short study.</summary>
    public const int DefaultClips = 6;

    /// <summary>What raters are asked.</summary>
    public StudyKind Kind { get; init; }

    /// <summary>Clips of each system, at least 1.</summary>
    public int Clips { get; init; } = DefaultClips;
}

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
    public static IReadOnlyList<(string Label, string Folder)> Write(
        string folder,
        JointModel model,
        int count,
        Action<int>? observer = null,
        CancellationToken cancellation = default)
    {
        var (real, ours) = (Path.Combine(folder, Real), Path.Combine(folder, Ours));
        using var scenes = new SyntheticClipSource(count, 0, model.Directory.Description.TrainingShape());
        for (var i = 0; i < count; i++)
            SceneFiles.Write(
                SyntheticScenes.Create(scenes.SeedOf(i), scenes.Shape), real, FormattableString.Invariant($"clip-{i:D4}"),
                ClipFileFormat.Mp4, cancellation);
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
