using MmDiffusion.Checkpoints;
using MmDiffusion.Media;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Looks into checkpoints.</summary>
public static class CheckpointInspector
{
    private const int NamesShown = 6;

    /// <summary>Tells what a checkpoint holds.</summary>
    /// <param name="path">A .pt or safetensors file, or a model's folder.</param>
    /// <param name="section">The section to tell of, as for <see cref="WeightFile.Open"/>; null for the one that would be taken.</param>
    /// <exception cref="MmDiffusionException">It cannot be read, or is damaged.</exception>
    public static CheckpointReport Inspect(string path, string? section = null)
    {
        if (!Directory.Exists(path)) return new CheckpointReport(path, OfFile(path, section), null);
        var model = ModelDirectory.Open(path);
        return new CheckpointReport(path, model.Weights is { } weights ? OfFile(weights, section) : null, model.Description);
    }

    private static WeightsReport OfFile(string path, string? section)
    {
        using var file = WeightFile.OpenStored(path, section);
        var presets = FittingPresets(file, out var fitting);
        var source = fitting ?? file;
        var format = WeightFile.FormatOf(path) switch
        {
            WeightFormat.Safetensors => "safetensors",
            WeightFormat.PyTorchZip => "PyTorch zip",
            _ => "PyTorch before 1.6",
        };
        var types = source.Entries.GroupBy(entry => ElementTypes.SafetensorsName(entry.Type)).ToDictionary(
            group => group.Key,
            group => group.Count());
        return new WeightsReport(
            format, new FileInfo(path).Length, WeightFile.Digest(path), source.Entries.Count, source.Entries.Sum(entry => entry.Elements),
            types,
            [.. source.Entries.Take(NamesShown).Select(entry => entry.Name)], presets)
        {
            Section = source.Section,
            Sections = [.. file.Sections()
                .Where(found => found.Entries.Count + found.Unreadable.Count > 0)
                .Select(found => new SectionReport(found.Section, found.Entries.Count, found.Entries.Sum(entry => entry.Elements)))],
            Unreadable = source.Unreadable,
        };
    }

    /// <summary>
    /// The presets that a section of the file fits. Those of one description share a network, which is built once, without memory.
    /// </summary>
    private static List<string> FittingPresets(StoredWeights file, out IWeightSource? fitting)
    {
        var names = new List<string>();
        fitting = null;
        foreach (var group in ModelPresets.Names.GroupBy(name => ModelJson.Write(ModelPresets.Find(name))))
        {
            using var network = ModelImporter.NewNetwork(ModelPresets.Find(group.First()), new Device(DeviceType.META));
            var found = file.Fitting(StateDict.Entries(network), out var fits);
            if (!fits) continue;
            names.AddRange(group);
            fitting ??= found;
        }
        return names;
    }
}

/// <summary>What a file of weights, or a model's folder, holds.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Weights">The weights; null where a folder has none.</param>
/// <param name="Description">The folder's description; null for a file.</param>
public sealed record CheckpointReport(string Path, WeightsReport? Weights, ModelDescription? Description);

/// <summary>What is known of a file of weights without reading them.</summary>
/// <param name="Format">"safetensors", "PyTorch zip" or "PyTorch before 1.6".</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Digest">SHA-256 of the file in hexadecimal.</param>
/// <param name="Tensors">How many there are.</param>
/// <param name="Parameters">How many numbers they have in all.</param>
/// <param name="Types">The types they are stored in, with the number of tensors of each.</param>
/// <param name="FirstNames">The names of the first few.</param>
/// <param name="Presets">The presets whose network has just these names and shapes.</param>
public sealed record WeightsReport(
    string Format, long Bytes, string Digest, int Tensors, long Parameters, IReadOnlyDictionary<string, int> Types,
    IReadOnlyList<string> FirstNames, IReadOnlyList<string> Presets)
{
    /// <summary>The section that this tells of, and that is taken where none is asked for; empty for the outermost.</summary>
    public string Section { get; init; } = "";

    /// <summary>All sections that hold tensors.</summary>
    public IReadOnlyList<SectionReport> Sections { get; init; } = [];

    /// <summary>Tensors of the section that cannot be read, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unreadable { get; init; } = new Dictionary<string, string>();
}

/// <summary>A section of a checkpoint.</summary>
/// <param name="Name">Names of the dicts around its tensors, joined by dots; empty for the outermost.</param>
/// <param name="Tensors">How many there are.</param>
/// <param name="Parameters">How many elements they have in all.</param>
public sealed record SectionReport(string Name, int Tensors, long Parameters);
