using System.Text.Json;
using MmDiffusion.Checkpoints;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Packing;

/// <summary>What a packed folder holds: its <c>index.json</c>.</summary>
public sealed record PackIndex
{
    /// <summary>The name of the index's file.</summary>
    public const string FileName = "index.json";

    /// <summary>Rows of a frame.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of a frame.</summary>
    public required int Width { get; init; }

    /// <summary>Frames per second.</summary>
    public required double FrameRate { get; init; }

    /// <summary>Samples per second.</summary>
    public required int SampleRate { get; init; }

    /// <summary>The shards, in the order of the videos.</summary>
    public required IReadOnlyList<PackShard> Shards { get; init; }

    /// <summary>Videos that could not be packed, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Skipped { get; init; } = new Dictionary<string, string>();

    /// <summary>Videos that were packed although they are damaged in the middle, with what is wrong and where.</summary>
    public IReadOnlyDictionary<string, string> Damaged { get; init; } = new Dictionary<string, string>();

    /// <summary>Videos that were packed otherwise than they may be meant, such as with the mean of several channels, and how.</summary>
    public IReadOnlyDictionary<string, string> Noted { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether a folder is a packed one.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads the index of a folder.</summary>
    /// <exception cref="MmDiffusionException">It is missing or not valid.</exception>
    public static PackIndex Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var index = SettingsJson.Read(path, "index of packed clips", settings => settings.Deserialize<PackIndex>(SettingsJson.Options));
        var errors = new ValidationErrors();
        errors.Require(index.Height >= 1 && index.Width >= 1, $"height and width are {index.Height} and {index.Width}, expected 1 or more");
        errors.Require(
            index.FrameRate > 0 && index.SampleRate >= 1,
            $"frame_rate and sample_rate are {index.FrameRate} and {index.SampleRate}, expected above 0");
        foreach (var shard in index.Shards) shard.Check(errors);
        errors.ThrowIfAny($"the index of packed clips '{path}'");
        return index;
    }

    /// <summary>Reads every byte of the shards and compares their digests.</summary>
    /// <param name="folder">The folder of this index.</param>
    /// <param name="progress">Told of each shard; null for nobody.</param>
    /// <param name="cancellation">Looked at before every shard.</param>
    /// <returns>A sentence for each shard that is not as it was written.</returns>
    public IReadOnlyList<string> FindFaults(string folder, Action<DataProgress>? progress = null, CancellationToken cancellation = default)
    {
        var faults = new List<string>();
        foreach (var (number, shard) in Shards.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            var path = Path.Combine(folder, shard.File);
            if (FindFault(path, shard) is { } fault) faults.Add(fault);
            progress?.Invoke(new DataProgress(number + 1, Shards.Count));
        }
        return faults;
    }

    /// <summary>Reads a shard, and compares its digest; returns a sentence where it is not as it was written.</summary>
    internal static string? FindFault(string path, PackShard shard)
    {
        if (!File.Exists(path)) return $"'{path}' is missing; pack the videos again";
        var digest = WeightFile.Digest(path);
        return digest == shard.Digest
            ? null
            : $"'{path}' has the SHA-256 {digest}, expected {shard.Digest}; delete it, and pack the videos again";
    }

    internal void Write(string folder) =>
        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, SettingsJson.Options) + "\n");
}
