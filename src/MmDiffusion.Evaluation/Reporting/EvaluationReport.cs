using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Evaluation.Measures;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>The figures of an evaluation and everything that they depend on.</summary>
public sealed record EvaluationReport
{
    /// <summary>The name of the JSON file in a folder of results.</summary>
    public const string JsonFile = "report.json";

    /// <summary>The name of the page in a folder of results.</summary>
    public const string PageFile = "report.html";

    private const int Current = 2;

    private static readonly HashSet<string> MeasureNames = [.. typeof(ClipMeasures).GetProperties().Select(property =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name))];

    /// <summary>Which streams of the clips were read, for the page's pictures; a stored report does not tell.</summary>
    [JsonIgnore]
    public StreamChoice Streams { get; init; } = StreamChoice.Default;

    /// <summary>The number of this layout.</summary>
    public int Format { get; init; } = Current;

    /// <summary>What was evaluated, for tables.</summary>
    public required string Label { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>How.</summary>
    public required EvaluationProtocol Protocol { get; init; }

    /// <summary>The same only where scores compare: of the protocol's settings, of the extractors, and of the clips' shape.</summary>
    public required string Comparability { get; init; }

    /// <summary>Size and rates of all clips as they were measured.</summary>
    public required MeasuredShape Shape { get; init; }

    /// <summary>What FVD and KVD were measured with.</summary>
    public required ExtractorRecord VideoExtractor { get; init; }

    /// <summary>What FAD was measured with.</summary>
    public required ExtractorRecord AudioExtractor { get; init; }

    /// <summary>The real clips.</summary>
    public required SetRecord Real { get; init; }

    /// <summary>The generated clips.</summary>
    public required SetRecord Generated { get; init; }

    /// <summary>How many of the generated clips have the bytes of a real one.</summary>
    public int Shared { get; init; }

    /// <summary>The training clips; null where they were not given.</summary>
    public SetRecord? Training { get; init; }

    /// <summary>The loss of the model by timestep; null where it is not known.</summary>
    public LossReport? Loss { get; init; }

    /// <summary>The figures.</summary>
    public required ClipMeasures Measures { get; init; }

    /// <summary>What readers should know of how clips were read, such as where they are damaged, a sentence each.</summary>
    public IReadOnlyList<string> ReadingNotices { get; init; } = [];

    /// <summary>Reads a report.</summary>
    /// <param name="path">A report's JSON file, or the folder that it is in.</param>
    /// <exception cref="MmDiffusionException">It is no report, or of another version of the program.</exception>
    public static EvaluationReport Read(string path)
    {
        if (Directory.Exists(path)) path = Path.Combine(path, JsonFile);
        return SettingsJson.Read(path, "report of an evaluation", node =>
        {
            if (node["format"] is { } format && !(format is JsonValue number && number.TryGetValue<int>(out var value) && value == Current))
                throw new JsonException($"its format is {format.ToJsonString()}, expected {Current}; evaluate again");
            var report = Nested(node).Deserialize<EvaluationReport>(ReportJson.Options);
            report?.Validate();
            return report;
        });
    }

    /// <summary>What readers must know before they believe the figures, a sentence each.</summary>
    public IEnumerable<string> Notices()
    {
        if (Real.Digest == Generated.Digest)
            yield return "The generated clips are the real ones, byte for byte: the distance of a set from itself says nothing, and "
                + "estimates of it may be below 0";
        else if (Shared > 0)
            yield return $"{Shared} of the {Generated.Clips} generated clips have the bytes of a real one: "
                + "such clips bring every distance nearer to 0";
        foreach (var (name, extractor) in new[] { ("FVD", VideoExtractor), ("FAD", AudioExtractor) })
        {
            if (extractor.Dimensions is { } dimensions && Math.Min(Real.Clips, Generated.Clips) is var clips && clips < dimensions)
                yield return $"{name} compares {dimensions} features, but a set has only {clips} clips: it then depends on "
                + "their number more than on their quality; "
                    + "compare it only with evaluations of as many clips";
        }
        const int most = 10;
        foreach (var notice in ReadingNotices.Take(most)) yield return notice;
        if (ReadingNotices.Count > most) yield return $"{ReadingNotices.Count - most} more such notices of clips are in {JsonFile}";
    }

    /// <summary>Writes the JSON file.</summary>
    /// <exception cref="MmDiffusionException">It cannot be written.</exception>
    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, JsonFile), ToJson() + "\n");

    /// <summary>The report as JSON, names in snake_case: the figures stand at the top, intervals are pairs of numbers.</summary>
    public string ToJson()
    {
        var node = JsonSerializer.SerializeToNode(this, ReportJson.Options)!.AsObject();
        var measures = node["measures"]!.AsObject();
        node.Remove("measures");
        foreach (var (name, value) in measures.ToList())
        {
            measures.Remove(name);
            node[name] = value;
        }
        return node.ToJsonString(ReportJson.Options);
    }

    /// <summary>What types cannot say. Values may be of any size: a figure that is odd is shown as it is.</summary>
    private void Validate()
    {
        foreach (var (name, digest) in new[]
        {
            ("comparability", Comparability),
            ("video_extractor.digest", VideoExtractor.Digest),
            ("audio_extractor.digest", AudioExtractor.Digest),
            ("real.digest", Real.Digest),
            ("generated.digest", Generated.Digest),
            ("training.digest", Training?.Digest ?? Real.Digest),
        })
        {
            if (digest.Length != 2 * SHA256.HashSizeInBytes || !digest.All(char.IsAsciiHexDigit))
                throw new JsonException($"'{name}' is \"{digest}\", expected a SHA-256 in hexadecimal");
        }
        foreach (var (name, distance) in new[] { ("fvd", Measures.Fvd), ("kvd", Measures.Kvd), ("fad", Measures.Fad) })
            if (distance.BySize.Count == 0 || distance.BySize.Any(point => point.Clips < 1))
                throw new JsonException($"'{name}.by_size' has no numbers of clips");
    }

    private static JsonObject Nested(JsonObject node)
    {
        var measures = new JsonObject();
        foreach (var (name, value) in node.Where(entry => MeasureNames.Contains(entry.Key)).ToList())
        {
            node.Remove(name);
            measures[name] = value;
        }
        node["measures"] = measures;
        return node;
    }
}

/// <summary>Which extractor was used.</summary>
/// <param name="Name">As its description says.</param>
/// <param name="Digest">The SHA-256 of its weights in hexadecimal.</param>
/// <param name="Note">What its description says to readers.</param>
public sealed record ExtractorRecord(string Name, string Digest, string? Note)
{
    /// <summary>Features that it makes of a clip; null in reports that do not tell.</summary>
    public int? Dimensions { get; init; }

    internal static ExtractorRecord Of(FeatureExtractor extractor, int dimensions) =>
        new(extractor.Description.Name, extractor.Digest, extractor.Description.Note) { Dimensions = dimensions };
}

/// <summary>Which clips were used.</summary>
/// <param name="Folder">Where they were.</param>
/// <param name="Clips">How many.</param>
/// <param name="Copies">How many of them have the bytes of another one.</param>
/// <param name="Digest">The SHA-256 over those of all files: the same only for the same clips.</param>
public sealed record SetRecord(string Folder, int Clips, int Copies, string Digest)
{
    internal static SetRecord Of(string folder, ClipSet set) => new(folder, set.Clips.Count, set.Copies, set.Digest);
}
