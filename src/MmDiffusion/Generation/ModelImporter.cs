using MmDiffusion.Checkpoints;
using MmDiffusion.Kernels;
using MmDiffusion.Media;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Turns a published checkpoint into a model's folder.</summary>
public static class ModelImporter
{
    /// <summary>Checks a checkpoint against a description and writes both to a folder.</summary>
    /// <param name="checkpoint">A .pt or safetensors file.</param>
    /// <param name="description">What its weights mean.</param>
    /// <param name="output">The model's folder; an older model in it is replaced.</param>
    /// <param name="type">What weights are stored as; null to leave them as they are.</param>
    /// <param name="section">The section of the checkpoint, as for <see cref="WeightFile.Open"/>; null to choose the one that fits.</param>
    /// <param name="notice">Told which section was chosen where there are several; null for nobody.</param>
    /// <returns>The model.</returns>
    /// <exception cref="MmDiffusionException">
    /// The file does not fit the description, is damaged, has NaN or infinities, or the folder cannot be written.
    /// </exception>
    public static ModelDirectory Import(
        string checkpoint,
        ModelDescription description,
        string output,
        ScalarType? type = null,
        string? section = null,
        Action<string>? notice = null)
    {
        description.Validate();
        using var file = WeightFile.Open(checkpoint, section);
        IWeightSource source;
        using (var network = NewNetwork(description, new Device(DeviceType.META))) source = StateDict.RequireFit(network, file, checkpoint);
        RequireSameMeaning(checkpoint, source, description);
        if (StateDict.Choice(source, checkpoint) is { } choice) notice?.Invoke(choice);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" };
        var model = new ModelDirectory(output, description with { Source = description.Source ?? Origin(checkpoint, source) });
        var entries = source.Entries.Select(entry => entry with { Type = type ?? entry.Type });
        model.Save(() =>
            SafetensorsWriter.Write(
                Path.Combine(output, ModelDirectory.WeightsFile),
                entries,
                name => Load(source, name, type, checkpoint),
                SafetensorsSeal.On(metadata)));
        return model;
    }

    private static Tensor Load(IWeightSource source, string name, ScalarType? type, string checkpoint)
    {
        var values = source.Load(name);
        FiniteValues.RequireWeights(values, name, checkpoint);
        if (type is not { } wanted) return values;
        var stored = values.to_type(wanted);
        if (FiniteValues.AreIn(stored)) return stored;
        throw new MmDiffusionException(
            $"'{name}' in '{checkpoint}' has values that are too large for {wanted}; store the weights in their own type, or as float32");
    }

    private static string Origin(string checkpoint, IWeightSource source) =>
        StateDict.Choice(source, checkpoint) is null ? Path.GetFileName(checkpoint) : $"{Path.GetFileName(checkpoint)}, {source.Section}";

    private static void RequireSameMeaning(string checkpoint, IWeightSource source, ModelDescription description)
    {
        if (DescriptionBeside.Differences(checkpoint, source, description) is not var (file, settings)) return;
        throw new MmDiffusionException(
            $"the description given is not that of the weights in '{checkpoint}', by '{file}' beside them: {string.Join("; ", settings)}; "
            + "give that description, or put the weights into a folder of their own if it is not theirs");
    }

    /// <summary>The network of a description, its parameters not yet filled.</summary>
    internal static nn.Module NewNetwork(ModelDescription description, Device device) => description.Kind == ModelKind.Joint
        ? new CoupledUNet(description.Coupled!, device)
        : new SuperResolutionUNet(description.SuperResolution!, device);
}
