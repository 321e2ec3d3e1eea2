using System.Text.Json;
using System.Text.Json.Nodes;
using MmDiffusion.Diffusion;
using MmDiffusion.Primitives;

namespace MmDiffusion.Generation;

/// <summary>Model descriptions as JSON, in snake_case; unknown settings are refused rather than ignored.</summary>
public static class ModelJson
{
    /// <summary>The JSON of a description.</summary>
    public static string Write(ModelDescription description) => JsonSerializer.Serialize(description, SettingsJson.Options);

    /// <summary>Reads the description of one kind of model from a file.</summary>
    /// <param name="path">A description; or a file with sections <c>coupled</c> and <c>super_resolution</c> alone, of which one is taken.</param>
    /// <param name="kind">Which section to take where a file has both; null where the file says so itself.</param>
    /// <exception cref="MmDiffusionException">The file cannot be read, or is not valid.</exception>
    public static ModelDescription Read(string path, ModelKind? kind = null)
    {
        var description = SettingsJson.Read(path, "model description", settings =>
            (settings.ContainsKey("kind") ? settings : OfSections(settings, kind)).Deserialize<ModelDescription>(SettingsJson.Options));
        if (kind is { } wanted && description.Kind != wanted)
            throw new MmDiffusionException($"'{path}' describes a model of kind {Name(description.Kind)}, expected {Name(wanted)}");
        description.Validate();
        return description;
    }

    private static string Name(ModelKind kind) => kind == ModelKind.Joint ? "joint" : "upscaler";

    /// <summary>A file of network sizes alone: everything else is as the published models have it.</summary>
    private static JsonObject OfSections(JsonObject sections, ModelKind? kind)
    {
        kind ??= sections.ContainsKey("coupled") ? ModelKind.Joint : ModelKind.Upscaler;
        var section = kind == ModelKind.Joint ? "coupled" : "super_resolution";
        if (sections[section] is not JsonObject network) throw new JsonException($"neither 'kind' nor a section '{section}' is there");
        var diffusion = new DiffusionConfiguration { Variance = network["learn_sigma"]?.GetValue<bool>() ?? kind == ModelKind.Upscaler ? VarianceKind.LearnedRange : VarianceKind.FixedLarge };
        return new JsonObject
        {
            ["kind"] = Name(kind.Value),
            [section] = network.DeepClone(),
            ["diffusion"] = JsonSerializer.SerializeToNode(diffusion, SettingsJson.Options),
        };
    }
}
