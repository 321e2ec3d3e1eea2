using MmDiffusion.Checkpoints;

namespace MmDiffusion.Generation;

/// <summary>Finds out what a checkpoint's weights mean.</summary>
public static class CheckpointDescriptions
{
    /// <summary>The description to import a checkpoint with.</summary>
    /// <param name="checkpoint">The .pt or safetensors file; where <paramref name="configuration"/> describes two networks, its names tell which is meant.</param>
    /// <param name="preset">One of <see cref="ModelPresets.Names"/>; null to use <paramref name="configuration"/>.</param>
    /// <param name="configuration">A description's file.</param>
    /// <exception cref="MmDiffusionException">Neither or both are given, or one cannot be read.</exception>
    public static ModelDescription ForImport(string checkpoint, string? preset, string? configuration) => (preset, configuration) switch
    {
        (not null, null) => ModelPresets.Find(preset),
        (null, not null) => ModelJson.Read(configuration, KindOfWeights(checkpoint)),
        _ => throw new MmDiffusionException($"give either --preset ({string.Join(", ", ModelPresets.Names)}) or --config with a description's file"),
    };

    /// <summary>The weights and the description to verify with: given, or the model folder's, or <c>config.json</c> beside either file.</summary>
    /// <param name="checkpoint">A .pt or safetensors file, or a model's folder.</param>
    /// <param name="reference">The recorded inputs and outputs.</param>
    /// <param name="preset">One of <see cref="ModelPresets.Names"/>, or null.</param>
    /// <param name="configuration">A description's file, or null.</param>
    /// <exception cref="MmDiffusionException">There is no description, or a file cannot be read.</exception>
    public static (string Weights, ModelDescription Description) ForVerification(string checkpoint, string reference, string? preset, string? configuration)
    {
        var isFolder = Directory.Exists(checkpoint);
        var weights = !isFolder ? checkpoint : ModelDirectory.Open(checkpoint).Weights
            ?? throw new MmDiffusionException($"'{checkpoint}' has no {ModelDirectory.WeightsFile}, so there is nothing to verify");
        if (preset is not null || configuration is not null) return (weights, ForImport(weights, preset, configuration));
        var found = new[] { weights, reference }.Select(file => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, ModelDirectory.ConfigurationFile)).FirstOrDefault(File.Exists)
            ?? throw new MmDiffusionException($"nothing tells what the weights in '{checkpoint}' mean: there is no {ModelDirectory.ConfigurationFile} beside them; give --preset or --config");
        return (weights, ModelJson.Read(found, KindOfReference(reference)));
    }

    private static ModelKind KindOfWeights(string path)
    {
        using var source = WeightFile.Open(path);
        return source.Entries.Any(entry => entry.Name.Contains("audio", StringComparison.Ordinal)) ? ModelKind.Joint : ModelKind.Upscaler;
    }

    private static ModelKind KindOfReference(string path)
    {
        using var source = WeightFile.Open(path);
        var names = source.Entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        return names.Contains("x") && names.Contains("low_res") ? ModelKind.Upscaler : ModelKind.Joint;
    }
}
