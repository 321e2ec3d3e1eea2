using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Generation;

/// <summary>
/// A folder that holds a model: <c>config.json</c>, the weights in <c>model.safetensors</c>, and for a joint model perhaps its upscaler in
/// the folder <c>upscaler</c>. A description without weights stands for a network as training starts with it.
/// </summary>
/// <param name="Path">The folder.</param>
/// <param name="Description">Its <c>config.json</c>.</param>
public sealed record ModelDirectory(string Path, ModelDescription Description)
{
    /// <summary>The name of the description's file.</summary>
    public const string ConfigurationFile = "config.json";

    /// <summary>The name of the weights' file.</summary>
    public const string WeightsFile = "model.safetensors";

    private const string LockFile = ".lock";
    private const string UpscalerFolder = "upscaler";
    private const string EmbeddedModel = "embedded";

    /// <summary>The name of the folder.</summary>
    public string Name => System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path)));

    /// <summary>The weights; null where the folder has none.</summary>
    public string? Weights => File.Exists(System.IO.Path.Combine(Path, WeightsFile)) ? System.IO.Path.Combine(Path, WeightsFile) : null;

    /// <summary>The files of the model, without those of its upscaler; some may not be there.</summary>
    public IReadOnlyList<string> Files => [System.IO.Path.Combine(Path, ConfigurationFile), System.IO.Path.Combine(Path, WeightsFile)];

    /// <summary>The folder of the upscaler that belongs to this model; null where there is none.</summary>
    public string? Upscaler =>
        File.Exists(System.IO.Path.Combine(Path, UpscalerFolder, ConfigurationFile)) ? System.IO.Path.Combine(Path, UpscalerFolder) : null;

    /// <summary>Opens a model's folder.</summary>
    /// <param name="nameOrPath">
    /// A folder, or the name of a model in one of the <see cref="Libraries"/>; null for the embedded model.
    /// </param>
    /// <param name="kind">What it must make; null for either.</param>
    /// <exception cref="MmDiffusionException">There is no such model, or it is of another kind.</exception>
    public static ModelDirectory Open(string? nameOrPath, ModelKind? kind = null)
    {
        var path = Find(nameOrPath ?? EmbeddedModel);
        return new ModelDirectory(path, ModelJson.Read(System.IO.Path.Combine(path, ConfigurationFile), kind));
    }

    /// <summary>Opens the folder of an upscaler.</summary>
    /// <param name="model">A model that has one, or an upscaler itself; null for the embedded model.</param>
    /// <param name="upscaler">Folder or name of the upscaler; null for the model's own.</param>
    /// <exception cref="MmDiffusionException">There is no such model, or it has no upscaler.</exception>
    public static ModelDirectory OpenUpscaler(string? model, string? upscaler)
    {
        if (upscaler is not null) return Open(upscaler, ModelKind.Upscaler);
        var directory = Open(model);
        if (directory.Description.Kind == ModelKind.Upscaler) return directory;
        return Open(
            directory.Upscaler ?? throw new MmDiffusionException($"the model '{directory.Name}' has no upscaler; name one"),
            ModelKind.Upscaler);
    }

    /// <summary>
    /// Every model in the <see cref="Libraries"/>, by name; of two with one name the first is the one that <see cref="Open"/> finds.
    /// </summary>
    public static IReadOnlyList<string> Names() =>
    [
        .. Libraries().SelectMany(library => Directory.EnumerateDirectories(library, "*", new EnumerationOptions()))
            .Where(folder => File.Exists(System.IO.Path.Combine(folder, ConfigurationFile)))
            .Select(folder => System.IO.Path.GetFileName(folder))
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Folders whose sub-folders are models by name: MMDIFF_MODELS, then <c>models</c> above the program.</summary>
    public static IReadOnlyList<string> Libraries() => [.. CandidateLibraries().Where(Directory.Exists)];

    /// <summary>
    /// Writes the description, and the weights beside it: both or neither, so that weights are never beside another's description.
    /// </summary>
    /// <param name="writeWeights">Writes <see cref="WeightsFile"/> atomically; null where they are there, or come later.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public void Save(Action? writeWeights = null)
    {
        // Of two processes that write a model here, one must not leave its weights beside the other's description.
        using var alone = FileLock.Take(System.IO.Path.Combine(Path, LockFile));
        AtomicFile.Write(System.IO.Path.Combine(Path, ConfigurationFile), temporary =>
        {
            File.WriteAllText(temporary, ModelJson.Write(Description) + "\n");
            writeWeights?.Invoke();
        });
    }

    private static string Find(string nameOrPath)
    {
        var candidates = Libraries().Select(library => System.IO.Path.Combine(library, nameOrPath)).Prepend(nameOrPath).ToList();
        return candidates.Find(folder => File.Exists(System.IO.Path.Combine(folder, ConfigurationFile)))
            ?? throw new ModelNotFoundException(
                $"there is no model '{nameOrPath}': no {ConfigurationFile} in "
                + $"{string.Join(", ", candidates.Select(folder => $"'{folder}'"))}; "
                + "give a folder made by 'mmdiff checkpoint import' or by training");
    }

    private static IEnumerable<string> CandidateLibraries()
    {
        if (Environment.GetEnvironmentVariable("MMDIFF_MODELS") is { Length: > 0 } folder) yield return folder;
        for (var above = new DirectoryInfo(AppContext.BaseDirectory); above is not null; above = above.Parent)
            yield return System.IO.Path.Combine(above.FullName, "models");
    }
}

/// <summary>There is no model of a name, in none of the folders where models are looked for.</summary>
/// <param name="message">One sentence that names the folders.</param>
public sealed class ModelNotFoundException(string message) : MmDiffusionException(message);
