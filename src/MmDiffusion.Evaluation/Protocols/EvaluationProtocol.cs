using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Protocols;

/// <summary>Everything that the numbers of an evaluation depend on beside the clips. Kept as a JSON file.</summary>
public sealed record EvaluationProtocol
{
    private static readonly JsonSerializerOptions Json = new(SettingsJson.Options)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>
    /// What is in an identity always, in its order; what is added to protocols later is in it where it differs from its default.
    /// </summary>
    private static readonly string[] InIdentity =
    [
        "name", "video_extractor", "audio_extractor", "height", "width", "frame_rate", "frames", "sample_rate", "placement", "clips",
        "fvd_scale", "kvd_scale", "fad_scale", "resamples", "seed",
    ];

    /// <summary>How reports call it.</summary>
    public required string Name { get; init; }

    /// <summary>What readers of a report must know; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Name or description file of what FVD and KVD are measured with; a file is found beside the protocol.</summary>
    public required string VideoExtractor { get; init; }

    /// <summary>The SHA-256 that its weights must have, in hexadecimal; null where any will do.</summary>
    public string? VideoDigest { get; init; }

    /// <summary>Name or description file of what FAD is measured with.</summary>
    public required string AudioExtractor { get; init; }

    /// <summary>The SHA-256 that its weights must have; null where any will do.</summary>
    public string? AudioDigest { get; init; }

    /// <summary>Rows to which frames are brought before anything else; 0 as they are, all alike.</summary>
    public int Height { get; init; }

    /// <summary>Columns to which frames are brought; 0 as they are, all alike.</summary>
    public int Width { get; init; }

    /// <summary>Frames per second to which clips are brought; 0 as they are, all alike.</summary>
    public double FrameRate { get; init; }

    /// <summary>Frames of a clip, 3 or more; 0 for whole files, all alike.</summary>
    public int Frames { get; init; }

    /// <summary>Samples per second to which sound is brought; 0 as it is, all alike.</summary>
    public int SampleRate { get; init; }

    /// <summary>Where clips begin in longer files.</summary>
    public ClipPlacement Placement { get; init; }

    /// <summary>Clips of each set, chosen by the seed where there are more; 0 for all.</summary>
    public int Clips { get; init; }

    /// <summary>What FVD is multiplied by.</summary>
    public double FvdScale { get; init; } = 1;

    /// <summary>What KVD is multiplied by.</summary>
    public double KvdScale { get; init; } = 1;

    /// <summary>What FAD is multiplied by.</summary>
    public double FadScale { get; init; } = 1;

    /// <summary>How often clips are redrawn for the intervals of distances, 20 to 10,000. 200 by default.</summary>
    public int Resamples { get; init; } = 200;

    /// <summary>Chooses clips and their places, and draws resamples.</summary>
    public ulong Seed { get; init; }

    /// <summary>Reads a protocol.</summary>
    /// <param name="nameOrPath">A JSON file, or the name of one in the folder <c>protocols</c> above the program.</param>
    /// <exception cref="MmDiffusionException">There is none, or it is not valid.</exception>
    public static EvaluationProtocol Read(string nameOrPath)
    {
        var path = ProtocolFiles.Find(nameOrPath);
        var protocol = SettingsJson.Read(path, "evaluation protocol", node => node.Deserialize<EvaluationProtocol>(Json));
        protocol.Validate(path);
        return protocol with
        {
            VideoExtractor = ProtocolFiles.Beside(path, protocol.VideoExtractor),
            AudioExtractor = ProtocolFiles.Beside(path, protocol.AudioExtractor),
        };
    }

    /// <summary>Opens an extractor and checks that it is the one that is meant.</summary>
    /// <param name="modality">Which of the two.</param>
    /// <exception cref="MmDiffusionException">It is missing, of the other modality, damaged, or of another digest.</exception>
    public FeatureExtractor Open(Modality modality)
    {
        var (name, expected) = modality == Modality.Video ? (VideoExtractor, VideoDigest) : (AudioExtractor, AudioDigest);
        var extractor = FeatureExtractor.Open(name, modality);
        if (expected is null || expected.Equals(extractor.Digest, StringComparison.OrdinalIgnoreCase)) return extractor;
        var found = extractor.Digest;
        extractor.Dispose();
        throw new MmDiffusionException(
            $"the extractor '{name}' has weights of the digest {found[..12]}…, but the protocol '{Name}' asks for "
            + $"{expected[..Math.Min(12, expected.Length)]}…; put the right weights there, or use a protocol of your own");
    }

    /// <summary>The same only where scores compare: of every setting but names and notes, and of what the extractors are.</summary>
    internal string Identity(FeatureExtractor video, FeatureExtractor audio)
    {
        var settings = CanonicalJson.Of(
            this with { Name = "", Note = null, VideoExtractor = "", VideoDigest = null, AudioExtractor = "", AudioDigest = null },
            new EvaluationProtocol { Name = "", VideoExtractor = "", AudioExtractor = "" }, Json, InIdentity);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{settings}\n{video.Identity}\n{audio.Identity}")));
    }

    private void Validate(string path)
    {
        var errors = new ValidationErrors();
        errors.Require(
            Height is >= 0 and <= 4096 && Width is >= 0 and <= 4096 && Height > 0 == Width > 0,
            $"height and width are {Height} and {Width}, expected both 0, or both 1 to 4096");
        errors.Require(FrameRate is >= 0 and <= 1000, $"frame_rate is {FrameRate}, expected 0 to 1000");
        errors.Require(Frames is 0 or >= 3 and <= 10_000, $"frames is {Frames}, expected 0, or 3 to 10000");
        errors.Require(SampleRate is 0 or >= 1000 and <= 768_000, $"sample_rate is {SampleRate}, expected 0, or 1000 to 768000");
        errors.Require(
            Clips is 0 or >= ClipSelection.Fewest and <= 1_000_000,
            $"clips is {Clips}, expected 0, or {ClipSelection.Fewest} to 1000000");
        errors.Require(Resamples is >= 20 and <= 10_000, $"resamples is {Resamples}, expected 20 to 10000");
        foreach (var (name, scale) in new[] { ("fvd_scale", FvdScale), ("kvd_scale", KvdScale), ("fad_scale", FadScale) })
            errors.Require(scale is > 0 and < 1e12, $"{name} is {scale}, expected a positive number");
        errors.ThrowIfAny($"the evaluation protocol '{path}'");
    }
}

/// <summary>Where in a file that is longer than a clip the clip begins.</summary>
public enum ClipPlacement
{
    /// <summary>At the beginning.</summary>
    Beginning,

    /// <summary>Anywhere, as the protocol's seed and the file's content decide.</summary>
    Random,
}
