using System.Text.Json;
using System.Text.Json.Serialization;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>What a file of weights is and what it wants to be given: the JSON file beside it.</summary>
public sealed record ExtractorDescription
{
    private static readonly JsonSerializerOptions Json = new(SettingsJson.Options)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>
    /// What is in an identity always, in its order; what is added to descriptions later is in it where it differs from its default.
    /// </summary>
    private static readonly string[] InIdentity =
        [
            "name", "format", "modality", "weights", "height", "width", "frames", "sample_rate", "samples", "layout", "range", "mean",
            "deviation",
        ];

    /// <summary>How reports call it.</summary>
    public required string Name { get; init; }

    /// <summary>How it is stored.</summary>
    public required ExtractorFormat Format { get; init; }

    /// <summary>What it looks at or listens to.</summary>
    public required Modality Modality { get; init; }

    /// <summary>The file of weights, relative to the description.</summary>
    public required string Weights { get; init; }

    /// <summary>The SHA-256 that the weights must have, in hexadecimal; null where any will do.</summary>
    public string? Digest { get; init; }

    /// <summary>Rows of a frame as the network wants it; frames are resized bilinearly, aspect kept, and the middle is cut out.</summary>
    public int Height { get; init; }

    /// <summary>Columns of a frame as the network wants it.</summary>
    public int Width { get; init; }

    /// <summary>Frames that the network wants, evenly chosen from the clip; 0 for all of them.</summary>
    public int Frames { get; init; }

    /// <summary>Samples per second that the network wants; 0 where it takes any.</summary>
    public int SampleRate { get; init; }

    /// <summary>Samples that the network wants, cut or padded with silence; 0 for all of them.</summary>
    public int Samples { get; init; }

    /// <summary>Order of the dimensions: B batch, C channels, F frames, H rows, W columns, L samples. BCFHW or BL by default.</summary>
    public string? Layout { get; init; }

    /// <summary>The smallest and the largest value of a pixel or sample as the network wants it. -1 and 1 by default.</summary>
    public IReadOnlyList<double> Range { get; init; } = [-1, 1];

    /// <summary>Subtracted from each colour after scaling to the range; null for nothing.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>Divides each colour after that; null for nothing.</summary>
    public IReadOnlyList<double>? Deviation { get; init; }

    /// <summary>What readers of a report must know about its scores; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Reads a description.</summary>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="MmDiffusionException">It cannot be read, or is not valid.</exception>
    public static ExtractorDescription Read(string path)
    {
        var description = SettingsJson.Read(
            path,
            "description of a feature extractor",
            node => node.Deserialize<ExtractorDescription>(Json));
        description.Validate(path);
        return description;
    }

    /// <summary>Everything that the features depend on beside the weights.</summary>
    internal string Canonical() => CanonicalJson.Of(
        this with { Name = "", Digest = null, Weights = "", Note = null },
        new ExtractorDescription { Name = "", Weights = "", Format = Format, Modality = Modality },
        Json,
        InIdentity);

    internal string ToJson() => JsonSerializer.Serialize(this, Json);

    private void Validate(string path)
    {
        var errors = new ValidationErrors();
        var (letters, usual) = Modality == Modality.Video ? ("BCFHW", "BCFHW") : ("BL", "BL, BCL");
        if (Modality == Modality.Video)
            errors.Require(
                Height is >= 1 and <= 4096 && Width is >= 1 and <= 4096,
                $"height and width are {Height} and {Width}, expected 1 to 4096");
        errors.Require(Frames is >= 0 and <= 10_000, $"frames is {Frames}, expected 0 to 10000");
        errors.Require(SampleRate is >= 0 and <= 768_000, $"sample_rate is {SampleRate}, expected 0 to 768000");
        errors.Require(Samples is >= 0 and <= 100_000_000, $"samples is {Samples}, expected 0 to 100000000");
        errors.Require(
            Layout is null || HasLetters(Layout, letters) || (Modality == Modality.Audio && HasLetters(Layout, "BCL")),
            $"layout is {Layout}, expected {usual} or another order of the same letters");
        errors.Require(Range is [var low, var high] && low < high, "range is not two ascending numbers");
        errors.Require(Mean is null or { Count: 3 }, "mean is not three numbers, one for each colour");
        errors.Require(
            Deviation is null || (Deviation.Count == 3 && Deviation.All(value => value > 0)),
            "deviation is not three positive numbers, one for each colour");
        errors.ThrowIfAny($"the description of a feature extractor '{path}'");
    }

    private static bool HasLetters(string layout, string letters) => layout.Order().SequenceEqual(letters.Order());
}

/// <summary>How an extractor is stored.</summary>
public enum ExtractorFormat
{
    /// <summary>Weights of I3D under the published names, safetensors or PyTorch.</summary>
    I3d,

    /// <summary>Weights of AudioCLIP's audio branch under the published names, alone or in the whole published checkpoint.</summary>
    Audioclip,

    /// <summary>Weights of the small classifier of synthetic scenes.</summary>
    Embedded,

    /// <summary>A whole network as TorchScript.</summary>
    Torchscript,

    /// <summary>A whole network as ONNX.</summary>
    Onnx,
}

/// <summary>What an extractor looks at or listens to.</summary>
public enum Modality
{
    /// <summary>Frames.</summary>
    Video,

    /// <summary>Audio.</summary>
    Audio,
}
