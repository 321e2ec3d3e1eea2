using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Cli.Benchmarking;

/// <summary>
/// The models that a preset's name stands for. Weights of the published sizes do not matter here, so their folders have none.
/// </summary>
internal sealed class BenchmarkedModels : IDisposable
{
    private const string PublishedUpscaler = "sr-64-256";

    private readonly string? _temporary;

    /// <summary>Opens a model, or makes a folder of a preset's joint model and the published upscaler.</summary>
    /// <param name="preset">A preset of a joint model, or a model's folder or name.</param>
    /// <exception cref="MmDiffusionException">There is no such model, or it makes no clips.</exception>
    internal BenchmarkedModels(string preset)
    {
        if (!ModelPresets.Names.Contains(preset))
        {
            Joint = preset;
            return;
        }
        var description = ModelPresets.Find(preset);
        if (description.Kind != ModelKind.Joint)
            throw new MmDiffusionException(
                $"'{preset}' is an upscaler, which makes no clips; choose {ModelPresets.Names[0]}, which it belongs to");
        Joint = _temporary = TemporaryFiles.NewFolder();
        new ModelDirectory(Joint, description with { Trained = false }).Save();
        new ModelDirectory(Path.Combine(Joint, "upscaler"), ModelPresets.Find(PublishedUpscaler) with { Trained = false }).Save();
    }

    /// <summary>Folder or name of the joint model.</summary>
    internal string Joint { get; }

    /// <summary>The networks of a preset or a model: its own, and the upscaler that belongs to it.</summary>
    /// <exception cref="MmDiffusionException">There is no such preset or model.</exception>
    internal static IReadOnlyList<(string Name, ModelDescription Description)> Networks(string preset)
    {
        if (ModelPresets.Names.Contains(preset))
        {
            var description = ModelPresets.Find(preset);
            return description.Kind == ModelKind.Joint
                ? [(preset, description), (PublishedUpscaler, ModelPresets.Find(PublishedUpscaler))]
                : [(preset, description)];
        }
        var directory = ModelDirectory.Open(preset);
        return directory.Upscaler is { } upscaler
            ? [(directory.Name, directory.Description), (directory.Name, ModelDirectory.Open(upscaler).Description)]
            : [(directory.Name, directory.Description)];
    }

    public void Dispose()
    {
        if (_temporary is not null) Directory.Delete(_temporary, recursive: true);
    }
}
