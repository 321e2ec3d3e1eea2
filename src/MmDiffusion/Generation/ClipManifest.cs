using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Primitives;

namespace MmDiffusion.Generation;

/// <summary>How a clip came about: enough to make it again, stored as JSON beside it.</summary>
public sealed record ClipManifest
{
    private const string ConfigurationKey = "configuration";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    private const string GeneratorKey = "generator";
    private const string ThreadsKey = "threads";

    /// <summary>Version of this format.</summary>
    public string Format { get; init; } = "mmdiff-clip/1";

    /// <summary>The clip's own seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>
    /// How noise was made of the seed; null, in manifests of the first versions, for <see cref="RandomGenerator.MersenneTwister"/>.
    /// </summary>
    public RandomGenerator? Generator { get; init; }

    /// <summary>
    /// Threads that operations were shared among, which may change the last bits of a result; null in manifests of the first versions.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>The joint model; null where frames were enlarged alone.</summary>
    public ModelRecord? Model { get; init; }

    /// <summary>The upscaler; null where frames kept their size.</summary>
    public ModelRecord? Upscaler { get; init; }

    /// <summary>What was given; null where both modalities were generated.</summary>
    public GivenRecord? Given { get; init; }

    /// <summary>The class that was asked for, and guidance by classes and synchrony; null where there was none.</summary>
    public GuidanceRecord? Guidance { get; init; }

    /// <summary>Clips that were sampled together, which may change the last bits of a result.</summary>
    public required int Batch { get; init; }

    /// <summary>Programs and libraries.</summary>
    public VersionRecord Versions { get; init; } = VersionRecord.Current;

    /// <summary>How long it took.</summary>
    public required TimeRecord Times { get; init; }

    /// <summary>The JSON of this manifest.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Whether a text is a whole manifest of a clip.</summary>
    /// <param name="json">What a file holds.</param>
    /// <returns>
    /// True for a manifest, of whatever clip; false for JSON that is something else; null where it is not even JSON, as what a full disk or
    /// a power cut leaves.
    /// </returns>
    public static bool? IsManifest(string json)
    {
        try
        {
            return ParseStrictly(json) is JsonObject manifest
                && manifest.TryGetPropertyValue("format", out var format)
                && format is JsonValue value
                && value.TryGetValue<string>(out var name)
                && name.StartsWith("mmdiff-clip/", StringComparison.Ordinal);
        }
        catch (Exception exception) when (StrictJson.IsOfJson(exception))
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a stored manifest tells of the same clip, made the same way; when, how fast and by which version does not matter.
    /// </summary>
    /// <param name="json">As <see cref="ToJson"/> gives it; anything else is not the same.</param>
    public bool IsSameMaking(string json)
    {
        try
        {
            return JsonNode.DeepEquals(Making(json), Making(ToJson()));
        }
        catch (Exception exception) when (StrictJson.IsOfJson(exception))
        {
            return false;
        }
    }

    /// <summary>
    /// The generator that a stored manifest's clip was made with; null where it is no manifest, or names one that is unknown here.
    /// </summary>
    /// <param name="json">As <see cref="ToJson"/> gives it, or an earlier version.</param>
    internal static RandomGenerator? GeneratorOf(string json)
    {
        try
        {
            if (Parse(json) is not { } manifest) return null;
            if (manifest[GeneratorKey] is not { } name) return RandomGenerator.MersenneTwister;
            return name is JsonValue value && value.TryGetValue<string>(out var text) ? RandomGenerators.Find(text) : null;
        }
        catch (Exception exception) when (StrictJson.IsOfJson(exception))
        {
            // A text that is none, such as half of a surrogate pair, is found as it is looked at.
            return null;
        }
    }

    /// <summary>The number of threads that a stored manifest's clip was made with; null where it does not say.</summary>
    /// <param name="json">As <see cref="ToJson"/> gives it, or an earlier version.</param>
    internal static int? ThreadsOf(string json) =>
        Parse(json)?[ThreadsKey] is JsonValue value && value.TryGetValue<int>(out var threads) ? threads : null;

    private static JsonObject? Parse(string json)
    {
        try
        {
            return ParseStrictly(json) as JsonObject;
        }
        catch (Exception exception) when (StrictJson.IsOfJson(exception))
        {
            return null;
        }
    }

    private static JsonNode? ParseStrictly(string json) =>
        JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });

    private static JsonNode? Making(string json)
    {
        var node = ParseStrictly(json);
        if (node is not JsonObject making) return node;
        foreach (var part in new[] { "times", "versions", ThreadsKey }) making.Remove(part);
        making[GeneratorKey] ??= RandomGenerators.MersenneTwisterName;
        foreach (var model in new[] { making["model"], making["upscaler"] }.OfType<JsonObject>())
            model[ConfigurationKey] = Settled(model[ConfigurationKey]);
        return node;
    }

    /// <summary>
    /// A description with every setting that this version knows: one that an older version did not write is at its default.
    /// </summary>
    private static JsonNode? Settled(JsonNode? description)
    {
        try
        {
            return JsonSerializer.SerializeToNode(description.Deserialize<ModelDescription>(SettingsJson.Options), SettingsJson.Options);
        }
        catch (Exception exception) when (exception is JsonException
            or ArgumentException
            or InvalidOperationException
            or NotSupportedException)
        {
            return description?.DeepClone();
        }
    }

    /// <summary>A model as it was used.</summary>
    /// <param name="Name">Name of its folder.</param>
    /// <param name="Digest">SHA-256 of its weights; null for an untrained network.</param>
    /// <param name="Device">Where it ran.</param>
    /// <param name="Precision">What it computed in: fp32 or bf16.</param>
    /// <param name="Sampler">Name of the sampler.</param>
    /// <param name="Steps">Network calls for each clip, or for each frame.</param>
    /// <param name="Configuration">Its whole description.</param>
    public sealed record ModelRecord(
        string Name,
        string? Digest,
        string Device,
        string Precision,
        string Sampler,
        int Steps,
        ModelDescription Configuration)
    {
        /// <summary>Every how many calls the deep features were computed; null where at every one.</summary>
        public int? Reuse { get; init; }

        /// <summary>Height and width of the tiles that frames were computed in, as 160x160; null where they were computed whole.</summary>
        public string? Tile { get; init; }

        internal static ModelRecord Of(LoadedModel model, string sampler, int steps, int reuse) => new(
            model.Directory.Name, model.Digest, model.Device.ToString(),
            PrecisionChoice.NameOf(model.ComputeType), sampler, steps, model.Directory.Description)
        {
            Reuse = reuse == 1 ? null : reuse,
        };
    }

    /// <summary>What was given.</summary>
    /// <param name="Modality">"video" or "audio".</param>
    /// <param name="File">Name of the file.</param>
    /// <param name="Start">Where it begins in the file, seconds.</param>
    /// <param name="Guidance">λ; null where the model was trained to be given a part, or nothing was sampled.</param>
    public sealed record GivenRecord(string Modality, string File, double Start, double? Guidance);

    /// <summary>The class that was asked for, and guidance; what there was none of is null.</summary>
    /// <param name="Label">The class.</param>
    /// <param name="Not">The class that was guided away from.</param>
    /// <param name="LabelScale">How far.</param>
    /// <param name="SyncScale">How far away from video and audio that are not in step.</param>
    /// <param name="Interval">Least and greatest timestep at which guidance acted.</param>
    public sealed record GuidanceRecord(string? Label, string? Not, double? LabelScale, double? SyncScale, IReadOnlyList<double>? Interval)
    {
        internal static GuidanceRecord? Of(GenerationOptions options)
        {
            double? labelScale = options.LabelScale == 1 ? null : options.LabelScale,
                syncScale = options.SyncGuidance == 1 ? null : options.SyncGuidance;
            if (options.Label is null && labelScale is null && syncScale is null) return null;
            var interval = labelScale is null && syncScale is null ? null : options.GuidanceInterval;
            return new(options.Label, options.NotLabel, labelScale, syncScale, interval is null ? null : [interval.First, interval.Last]);
        }
    }

    /// <summary>How long it took, in seconds.</summary>
    /// <param name="Sampling">The joint model, for the whole batch.</param>
    /// <param name="Upscaling">The upscaler, for this clip.</param>
    public sealed record TimeRecord(double Sampling, double Upscaling);

    /// <summary>Programs and libraries.</summary>
    /// <param name="Mmdiff">This library.</param>
    /// <param name="Dotnet">The runtime.</param>
    /// <param name="Torchsharp">TorchSharp.</param>
    /// <param name="Libtorch">libtorch.</param>
    public sealed record VersionRecord(string Mmdiff, string Dotnet, string Torchsharp, string Libtorch)
    {
        internal static VersionRecord Current { get; } = new(
            typeof(ClipManifest).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            $"{Environment.Version}",
            TorchRuntime.TorchSharpVersion,
            TorchRuntime.LibTorchVersion);
    }
}
