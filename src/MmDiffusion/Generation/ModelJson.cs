using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MmDiffusion.Diffusion;

namespace MmDiffusion.Generation;

/// <summary>Model descriptions as JSON, in snake_case; unknown settings are refused rather than ignored.</summary>
public static class ModelJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private static readonly JsonDocumentOptions DocumentOptions = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

    /// <summary>The JSON of a description.</summary>
    public static string Write(ModelDescription description) => JsonSerializer.Serialize(description, Options);

    /// <summary>Reads the description of one kind of model from a file.</summary>
    /// <param name="path">A description; or a file with sections <c>coupled</c> and <c>super_resolution</c> alone, of which one is taken.</param>
    /// <param name="kind">Which section to take where a file has both; null where the file says so itself.</param>
    /// <exception cref="MmDiffusionException">The file cannot be read, or is not valid.</exception>
    public static ModelDescription Read(string path, ModelKind? kind = null)
    {
        try
        {
            var node = JsonNode.Parse(File.ReadAllText(path), documentOptions: DocumentOptions);
            if (node is not JsonObject settings) throw new JsonException("expected an object");
            if (!settings.ContainsKey("kind")) settings = OfSections(settings, kind);
            var description = settings.Deserialize<ModelDescription>(Options) ?? throw new JsonException("expected an object");
            if (kind is { } wanted && description.Kind != wanted)
                throw new MmDiffusionException($"'{path}' describes a model of kind {Name(description.Kind)}, expected {Name(wanted)}");
            description.Validate();
            return description;
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new MmDiffusionException($"'{path}' is no model description: {exception.Message.Split('\n')[0]}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot read '{path}': {exception.Message}", exception);
        }
    }

    private static string Name(ModelKind kind) => kind == ModelKind.Joint ? "joint" : "upscaler";

    /// <summary>A file of network sizes alone: everything else is as the published models have it.</summary>
    private static JsonObject OfSections(JsonObject sections, ModelKind? kind)
    {
        kind ??= sections.ContainsKey("coupled") ? ModelKind.Joint : ModelKind.Upscaler;
        var section = kind == ModelKind.Joint ? "coupled" : "super_resolution";
        if (sections[section] is not JsonObject network) throw new JsonException($"neither 'kind' nor a section '{section}' is there");
        var diffusion = new DiffusionConfiguration { Variance = network["learn_sigma"]?.Deserialize<bool>() ?? kind == ModelKind.Upscaler ? VarianceKind.LearnedRange : VarianceKind.FixedLarge };
        return new JsonObject
        {
            ["kind"] = Name(kind.Value),
            [section] = network.DeepClone(),
            ["diffusion"] = JsonSerializer.SerializeToNode(diffusion, Options),
        };
    }
}
