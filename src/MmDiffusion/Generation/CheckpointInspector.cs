using MmDiffusion.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Looks into checkpoints.</summary>
public static class CheckpointInspector
{
    private const int NamesShown = 6;

    /// <summary>Tells what a checkpoint holds.</summary>
    /// <param name="path">A .pt or safetensors file, or a model's folder.</param>
    /// <exception cref="MmDiffusionException">It cannot be read, or is damaged.</exception>
    public static CheckpointReport Inspect(string path)
    {
        if (!Directory.Exists(path)) return new CheckpointReport(path, OfFile(path), null);
        var model = ModelDirectory.Open(path);
        return new CheckpointReport(path, model.Weights is { } weights ? OfFile(weights) : null, model.Description);
    }

    private static WeightsReport OfFile(string path)
    {
        using var source = WeightFile.Open(path);
        var format = WeightFile.FormatOf(path) switch
        {
            WeightFormat.Safetensors => "safetensors",
            WeightFormat.PyTorchZip => "PyTorch zip",
            _ => "PyTorch before 1.6",
        };
        var types = source.Entries.GroupBy(entry => ElementTypes.SafetensorsName(entry.Type)).ToDictionary(group => group.Key, group => group.Count());
        return new WeightsReport(
            format, new FileInfo(path).Length, WeightFile.Digest(path), source.Entries.Count, source.Entries.Sum(entry => entry.Elements), types,
            [.. source.Entries.Take(NamesShown).Select(entry => entry.Name)], FittingPresets(source));
    }

    /// <summary>Presets of one description share a network, which is built once, without memory.</summary>
    private static List<string> FittingPresets(IWeightSource source)
    {
        var shapes = source.Entries.ToDictionary(entry => entry.Name, entry => entry.Shape);
        return [.. ModelPresets.Names.GroupBy(name => ModelJson.Write(ModelPresets.Find(name))).Where(group => Fits(ModelPresets.Find(group.First()), shapes)).SelectMany(group => group)];
    }

    private static bool Fits(ModelDescription description, Dictionary<string, IReadOnlyList<long>> shapes)
    {
        using var network = ModelImporter.NewNetwork(description, new Device(DeviceType.META));
        var wanted = network.state_dict();
        return wanted.Count == shapes.Count && wanted.All(tensor => shapes.TryGetValue(tensor.Key, out var shape) && shape.SequenceEqual(tensor.Value.shape));
    }
}
