using System.Text.Json;
using System.Text.Json.Serialization;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Packing;

/// <summary>One file of a packed folder; stored beside it as JSON while packing continues.</summary>
public sealed record PackShard
{
    /// <summary>The safetensors file.</summary>
    public required string File { get; init; }

    /// <summary>Size and rates of what is in it, while packing continues; the index says it for all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClipFormat? Format { get; init; }

    /// <summary>Which streams of the videos are in it; null, or not there, for those that a player would show and play.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StreamChoice? Streams { get; init; }

    /// <summary>SHA-256 of the file in hexadecimal.</summary>
    public required string Digest { get; init; }

    /// <summary>The videos in it.</summary>
    public required IReadOnlyList<PackedVideo> Videos { get; init; }

    /// <summary>Videos before or among these that could not be packed, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Skipped { get; init; } = new Dictionary<string, string>();

    /// <summary>Videos that were packed although they are damaged in the middle, with what is wrong and where.</summary>
    public IReadOnlyDictionary<string, string> Damaged { get; init; } = new Dictionary<string, string>();

    /// <summary>Videos that were packed otherwise than they may be meant, such as with the mean of several channels, and how.</summary>
    public IReadOnlyDictionary<string, string> Noted { get; init; } = new Dictionary<string, string>();

    internal static string Name(int number) => $"shard-{number:D5}";

    internal static PackShard? TryRead(string folder, int number)
    {
        var path = Path.Combine(folder, Name(number) + ".json");
        if (!System.IO.File.Exists(path)) return null;
        var shard = SettingsJson.Read(path, "description of a shard", settings => settings.Deserialize<PackShard>(SettingsJson.Options));
        var errors = new ValidationErrors();
        shard.Check(errors);
        errors.ThrowIfAny($"the description of a shard '{path}'");
        return shard;
    }

    /// <summary>Checks what the types of its properties do not say.</summary>
    internal void Check(ValidationErrors errors)
    {
        errors.Require(
            File.Length > 0 && File == Path.GetFileName(File) && !File.Contains('\0', StringComparison.Ordinal),
            $"the shard's file is '{File}', expected the name of a file beside it");
        foreach (var video in Videos.Where(video => video.Frames < 0 || video.Samples < 0 || video.SourceBytes < 0))
            errors.Require(
                false,
                $"'{video.Name}' has {video.Frames} frames and {video.Samples} samples of {video.SourceBytes} bytes, expected 0 or more");
    }

    internal void Write(string folder, int number) =>
        AtomicFile.WriteText(Path.Combine(folder, Name(number) + ".json"), JsonSerializer.Serialize(this, SettingsJson.Options) + "\n");
}

/// <summary>One video in a shard: the tensors <c>NAME.frames</c>, uint8 [T,H,W,3], and <c>NAME.sound</c>, int16 [S].</summary>
public sealed record PackedVideo
{
    /// <summary>Before the dot in the names of its tensors.</summary>
    public required string Name { get; init; }

    /// <summary>The file it was decoded from, relative to the folder that was packed.</summary>
    public required string Source { get; init; }

    /// <summary>Bytes of that file: packing resumes only where they are the same.</summary>
    public required long SourceBytes { get; init; }

    /// <summary>Frames, T.</summary>
    public required int Frames { get; init; }

    /// <summary>Samples, S.</summary>
    public required int Samples { get; init; }
}
