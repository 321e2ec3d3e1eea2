using MmDiffusion.Checkpoints;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Features;

/// <summary>Reads clips of files as a protocol wants them.</summary>
internal static class ProtocolClips
{
    /// <summary>Reads the clip of a file.</summary>
    /// <param name="protocol">Its size, rates and place.</param>
    /// <param name="file">The file.</param>
    /// <param name="digest">The SHA-256 of its bytes, which decides the place where that is random.</param>
    /// <param name="streams">Which streams.</param>
    /// <param name="onNotice">Told what the user should know of how the file was read; null for nobody.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <exception cref="MmDiffusionException">The file lacks picture or sound, is damaged, or is too short.</exception>
    internal static Clip Read(
        EvaluationProtocol protocol,
        string file,
        string digest,
        StreamChoice streams,
        Action<ReadingNotice>? onNotice,
        CancellationToken cancellation)
    {
        var media = MediaFile.Probe(file, streams, cancellation);
        media.RequireVideo();
        media.RequireAudio();
        var own = ClipFormat.Native(media);
        var format = new ClipFormat(
            protocol.Height > 0 ? protocol.Height : own.Height,
            protocol.Width > 0 ? protocol.Width : own.Width,
            protocol.FrameRate > 0 ? protocol.FrameRate : own.FrameRate,
            protocol.SampleRate > 0 ? protocol.SampleRate : own.SampleRate);
        var clip = ClipReader.ReadClip(
            media, format, Start(protocol, media, format, digest), protocol.Frames > 0 ? protocol.Frames : null, onNotice, cancellation);
        return clip.Frames.Count >= protocol.Frames
            ? clip
            : throw new MmDiffusionException(
                $"'{file}' has {clip.Frames.Count} frames at {format.FrameRate:0.##} fps, but the protocol '{protocol.Name}' asks for "
                + $"{protocol.Frames}; remove it, or use a protocol with shorter clips");
    }

    /// <summary>SHA-256 of a clip's bytes; of a folder of frames, of the digests of its files.</summary>
    /// <exception cref="MmDiffusionException">It cannot be read.</exception>
    internal static string Digest(string file) => MediaFile.IsFrameFolder(file)
        ? FeatureCache.Key(Directory.EnumerateFiles(file)
            .Order(StringComparer.Ordinal)
            .Select(part => $"{Path.GetFileName(part)} {WeightFile.Digest(part)}"))
        : WeightFile.Digest(file);

    private static double Start(EvaluationProtocol protocol, MediaInformation media, ClipFormat format, string digest)
    {
        if (protocol.Placement == ClipPlacement.Beginning || protocol.Frames == 0) return 0;
        var spare = (int)Math.Floor(media.VideoSeconds * format.FrameRate + 1e-6) - protocol.Frames;
        return spare > 0 ? new IndexSampler(Seeds.Derive(protocol.Seed, digest)).Next(spare + 1) / format.FrameRate : 0;
    }
}
