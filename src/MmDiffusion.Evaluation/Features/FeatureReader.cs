using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using MmDiffusion.Collectives;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Features;

/// <summary>
/// Measures clips of files, as many at once as there are processors, so that any number fits the memory. Ranks take some at a time, and
/// each is given what all have measured.
/// </summary>
internal sealed class FeatureReader(
    EvaluationProtocol protocol,
    FeatureExtractor video,
    FeatureExtractor audio,
    FeatureCache? cache,
    ICollective ranks,
    StreamChoice streams)
{
    // Enough for all processors, few enough that a slow rank does not keep the others waiting.
    private static readonly int Taken = 2 * Environment.ProcessorCount;

    /// <summary>Of how clips are read and looked at; another number forgets what was kept.</summary>
    private const string Version = "5";

    private static readonly JsonSerializerOptions Json = StrictJson.Of(new JsonSerializerOptions());

    private readonly string _reading = string.Create(CultureInfo.InvariantCulture,
        $"{Version} {protocol.Height} {protocol.Width} {protocol.FrameRate} {protocol.Frames} {protocol.SampleRate} {protocol.Placement} "
        + $"{(protocol.Placement == ClipPlacement.Random ? protocol.Seed : 0)}{streams.Suffix()}");

    /// <summary>Measures files.</summary>
    /// <param name="files">Clips with picture and sound.</param>
    /// <param name="lookOnly">Whether features are left out, which take long.</param>
    /// <param name="progress">Called with the number of clips done, by one thread at a time.</param>
    /// <param name="cancellation">Ends the work; what was measured is kept.</param>
    /// <exception cref="MmDiffusionException">A clip cannot be measured.</exception>
    internal IReadOnlyList<ClipFeatures> Read(
        IReadOnlyList<string> files,
        bool lookOnly,
        Action<int>? progress,
        CancellationToken cancellation)
    {
        if (ranks.Size == 1)
        {
            var (clips, failures) = ReadHere(files, lookOnly, progress, cancellation);
            FailedClips.ThrowIfAny(failures, files.Count);
            return clips;
        }
        var own = new List<Part>();
        var handout = ranks.HandOut((files.Count + Taken - 1) / Taken);
        while (handout.Next() is { } number)
        {
            progress?.Invoke(number * Taken);
            var (clips, failures) = ReadHere([.. files.Skip(number * Taken).Take(Taken)], lookOnly, null, cancellation);
            own.Add(new Part(number, clips, failures));
        }
        // What failed on one rank fails on all, which then leave together.
        var all = ranks.GatherJson(own).SelectMany(parts => parts).OrderBy(part => part.Number).ToList();
        progress?.Invoke(files.Count);
        ranks.Together(() =>
        {
            if (ranks.Rank == 0) FailedClips.ThrowIfAny([.. all.SelectMany(part => part.Failures)], files.Count);
            return true;
        });
        return [.. all.SelectMany(part => part.Clips)];
    }

    /// <summary>Finds every clip that lacks a part or is no media file, before any is measured.</summary>
    /// <exception cref="MmDiffusionException">Names them all.</exception>
    internal void RequireParts(IReadOnlyList<string> files, CancellationToken cancellation)
    {
        var failed = new FailedClips();
        ParallelWork.ForEach(
            [.. Enumerable.Range(0, files.Count)],
            index => failed.Try(index, () => RequireParts(files[index], cancellation)),
            null,
            cancellation);
        FailedClips.ThrowIfAny(failed.Sentences, files.Count);
    }

    private void RequireParts(string file, CancellationToken cancellation)
    {
        if (cache?.Find(LookKey(ProtocolClips.Digest(file))) is not null) return;
        var media = MediaFile.Probe(file, streams, cancellation);
        media.RequireVideo();
        media.RequireAudio();
    }

    private string LookKey(string digest) => FeatureCache.Key(digest, _reading, "look");

    private (IReadOnlyList<ClipFeatures> Clips, IReadOnlyList<string> Failures) ReadHere(
        IReadOnlyList<string> files, bool lookOnly, Action<int>? progress, CancellationToken cancellation)
    {
        var (features, failed) = (new ClipFeatures[files.Count], new FailedClips());
        ParallelWork.ForEach(
            [.. Enumerable.Range(0, files.Count)],
            index => failed.Try(index, () => features[index] = Read(files[index], lookOnly, cancellation)),
            done => progress?.Invoke(done.Done),
            cancellation);
        return (failed.Sentences.Count > 0 ? [] : features, failed.Sentences);
    }

    private ClipFeatures Read(string file, bool lookOnly, CancellationToken cancellation)
    {
        var digest = ProtocolClips.Digest(file);
        string[] keys = [.. new[] { "look", video.Identity, audio.Identity }.Take(lookOnly ? 1 : 3).Select(part =>
            FeatureCache.Key(digest, _reading, part))];
        var kept = keys.Select(key => cache?.Find(key)).ToArray();
        if (!kept.Contains(null)) return Assemble(file, digest, kept!);
        var notices = new List<string>();
        var clip = ProtocolClips.Read(protocol, file, digest, streams, notice => notices.Add(notice.Clause), cancellation);
        var found = kept.Select((content, part) => content ?? Measure(file, clip, notices, part)).ToArray();
        for (var part = 0; part < keys.Length; part++)
            if (kept[part] is null) cache?.Add(keys[part], found[part]);
        return Assemble(file, digest, found);
    }

    private static ClipFeatures Assemble(string file, string digest, byte[][] parts) => new(
        file,
        digest,
        Features(parts.ElementAtOrDefault(1)),
        Features(parts.ElementAtOrDefault(2)),
        StrictJson.Read<ClipLook>(parts[0], Json));

    private static float[] Features(byte[]? content) => MemoryMarshal.Cast<byte, float>(content).ToArray();

    private byte[] Measure(string file, Clip clip, IReadOnlyList<string> notices, int part)
    {
        try
        {
            return part == 0
                ? JsonSerializer.SerializeToUtf8Bytes(ClipLook.Of(clip) with { Notices = notices }, Json)
                : MemoryMarshal.AsBytes<float>((part == 1 ? video : audio).Extract(clip)).ToArray();
        }
        catch (MmDiffusionException exception)
        {
            throw new MmDiffusionException($"'{file}' cannot be measured: {exception.Message}", exception);
        }
    }

    /// <summary>What a rank has taken at once.</summary>
    private sealed record Part(int Number, IReadOnlyList<ClipFeatures> Clips, IReadOnlyList<string> Failures);
}

/// <summary>All that is measured of a clip.</summary>
/// <param name="Path">The file.</param>
/// <param name="Digest">The SHA-256 of its bytes in hexadecimal.</param>
/// <param name="Video">Features of the picture.</param>
/// <param name="Audio">Features of the sound.</param>
/// <param name="Look">Everything else.</param>
public sealed record ClipFeatures(string Path, string Digest, float[] Video, float[] Audio, ClipLook Look);

/// <summary>Size and rates of a clip as it is measured.</summary>
/// <param name="Height">Rows of a frame.</param>
/// <param name="Width">Columns of a frame.</param>
/// <param name="FrameRate">Frames per second.</param>
/// <param name="Frames">Number of frames.</param>
/// <param name="SampleRate">Audio samples per second.</param>
public sealed record MeasuredShape(int Height, int Width, double FrameRate, int Frames, int SampleRate)
{
    /// <summary>In words.</summary>
    public override string ToString() => Canonical();

    /// <summary>For digests, which reports hold: it stays as it is, whatever is said to people.</summary>
    internal string Canonical() =>
        FormattableString.Invariant($"{Frames} frames of {Width}x{Height} at {FrameRate:0.##} fps with sound at {SampleRate} Hz");
}
