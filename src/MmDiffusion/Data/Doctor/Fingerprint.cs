using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace MmDiffusion.Data;

/// <summary>What is remembered of a file's content: enough to know it again when it was encoded anew, resized, louder or cut.</summary>
internal sealed record Fingerprint
{
    /// <summary>Hashes and levels per second.</summary>
    internal const int TicksPerSecond = 4;

    /// <summary>Little-endian 64-bit hashes of frames, <see cref="TicksPerSecond"/>; 0 for frames without detail.</summary>
    public byte[] Frames { get; init; } = [];

    /// <summary>Loudness beside each hash: decibels above -90.</summary>
    public byte[] Loudness { get; init; } = [];

    /// <summary>The largest sample, 0 to 1.</summary>
    public double Peak { get; init; }

    /// <summary>Whether the first channel is silent throughout, and the mean of others is heard.</summary>
    public bool IsMix { get; init; }

    /// <summary>The largest change of brightness from one frame to the next at any place, in levels of 255.</summary>
    public double Motion { get; init; }

    /// <summary>The largest difference of brightness within a frame, in levels of 255.</summary>
    public double Contrast { get; init; }

    /// <summary>Seconds by which the sound comes after what is seen; null where nothing tells.</summary>
    public double? Lag { get; init; }

    /// <summary>Why the file could not be decoded; null where it could.</summary>
    public string? Failure { get; init; }

    /// <summary>Where it is damaged, a clause for each part; empty where it is not.</summary>
    public IReadOnlyList<string> Damage { get; init; } = [];

    [JsonIgnore]
    internal ReadOnlySpan<ulong> Hashes => MemoryMarshal.Cast<byte, ulong>(Frames);
}
