using MmDiffusion.Checkpoints;
using MmDiffusion.Media;

namespace MmDiffusion.Generation;

/// <summary>Finds out what a checkpoint's weights mean.</summary>
public static class CheckpointDescriptions
{
    private const string StateFile = "state.safetensors";

    /// <summary>The description to import a checkpoint with.</summary>
    /// <param name="checkpoint">
    /// The .pt or safetensors file; where <paramref name="configuration"/> describes two networks, its names tell which is meant.
    /// </param>
    /// <param name="preset">One of <see cref="ModelPresets.Names"/>; null to use <paramref name="configuration"/>.</param>
    /// <param name="configuration">A description's file.</param>
    /// <param name="section">The section of the checkpoint, as for <see cref="WeightFile.Open"/>; null to choose one.</param>
    /// <exception cref="MmDiffusionException">Neither or both are given, or one cannot be read.</exception>
    public static ModelDescription ForImport(string checkpoint, string? preset, string? configuration, string? section = null) =>
        (preset, configuration) switch
        {
            (not null, null) => ModelPresets.Find(preset),
            (null, not null) => ModelJson.Read(configuration, KindOfWeights(checkpoint, section)),
            _ => throw new MmDiffusionException(
                $"give either a preset ({string.Join(", ", ModelPresets.Names)}) or a description's file"),
        };

    /// <summary>The file of weights in a folder: of a model, or of a checkpoint of a training.</summary>
    /// <param name="path">A folder; or a file, which is returned as it is.</param>
    /// <exception cref="MmDiffusionException">The folder has no such file.</exception>
    public static string WeightsOf(string path)
    {
        if (!Directory.Exists(path)) return path;
        string[] names = [ModelDirectory.WeightsFile, StateFile];
        return names.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
            ?? throw new MmDiffusionException(
                $"'{path}' is a folder without {string.Join(" and ", names)}; give a file of weights, a model's "
                + "folder, or a training's checkpoints/step-N");
    }

    /// <summary>
    /// The weights and the description to verify with: given, or the model folder's, or <c>config.json</c> beside either file.
    /// </summary>
    /// <param name="checkpoint">A .pt or safetensors file, or a model's folder.</param>
    /// <param name="reference">The recorded inputs and outputs.</param>
    /// <param name="preset">One of <see cref="ModelPresets.Names"/>, or null.</param>
    /// <param name="configuration">A description's file, or null.</param>
    /// <param name="section">The section of the checkpoint, as for <see cref="WeightFile.Open"/>; null to choose one.</param>
    /// <exception cref="MmDiffusionException">There is no description, or a file cannot be read.</exception>
    public static (string Weights, ModelDescription Description) ForVerification(
        string checkpoint, string reference, string? preset, string? configuration, string? section = null)
    {
        var isFolder = Directory.Exists(checkpoint);
        var weights = !isFolder ? checkpoint : ModelDirectory.Open(checkpoint).Weights
            ?? throw new MmDiffusionException($"'{checkpoint}' has no {ModelDirectory.WeightsFile}, so there is nothing to verify");
        if (preset is not null || configuration is not null) return (weights, ForImport(weights, preset, configuration, section));
        var found = new[] { weights, reference }.Select(file =>
            Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, ModelDirectory.ConfigurationFile)).FirstOrDefault(File.Exists)
            ?? throw new MmDiffusionException(
                $"nothing tells what the weights in '{checkpoint}' mean: there is no "
                + $"{ModelDirectory.ConfigurationFile} beside them; give a preset or a description's file");
        return (weights, ModelJson.Read(found, KindOfReference(reference)));
    }

    private static ModelKind KindOfWeights(string path, string? section)
    {
        using var source = WeightFile.Open(path, section);
        return source.Entries.Any(entry => entry.Name.Contains("audio", StringComparison.Ordinal)) ? ModelKind.Joint : ModelKind.Upscaler;
    }

    private static ModelKind KindOfReference(string path)
    {
        using var source = WeightFile.Open(path);
        var names = source.Entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        return names.Contains("x") && names.Contains("low_res") ? ModelKind.Upscaler : ModelKind.Joint;
    }
}
