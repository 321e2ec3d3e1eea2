using System.Buffers.Binary;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Studio.Preparation;

/// <summary>Clips as raters get them: re-encoded without metadata, and all of the same number of bytes.</summary>
internal static class StudyMedia
{
    private const int BoxHeader = 8;

    /// <summary>Reads a file in the study's format and encodes it.</summary>
    internal static byte[] Encode(
        SourceClip source,
        CommonFormat format,
        Action<ReadingNotice> onNotice,
        CancellationToken cancellation)
    {
        var clip = CutClip.Read(source.Media, format, onNotice, cancellation);
        var frames = clip.Frames;
        if (frames.Count < format.Frames)
        {
            // A file may end a frame before it says.
            var pixels = new byte[format.Frames * frames.FrameBytes];
            frames.Pixels.CopyTo(pixels, 0);
            for (var i = frames.Count; i < format.Frames; i++) frames[frames.Count - 1].CopyTo(pixels.AsSpan(i * frames.FrameBytes));
            var samples = clip.Audio.Samples;
            Array.Resize(ref samples, (int)Math.Round(format.Seconds * clip.Audio.Rate));
            clip = new Clip(new Frames(pixels, frames.Height, frames.Width, frames.Rate), clip.Audio with { Samples = samples });
        }

        return Encode(clip, cancellation);
    }

    /// <summary>Encodes a clip for browsers.</summary>
    internal static byte[] Encode(Clip clip, CancellationToken cancellation)
    {
        var path = TemporaryFiles.NewPath("mp4");
        try
        {
            ClipWriter.Write(path, clip, ClipFileFormat.Mp4, cancellation: cancellation);
            return File.ReadAllBytes(path);
        }
        finally
        {
            TemporaryFiles.Delete(path);
        }
    }

    /// <summary>The size that all can be padded to.</summary>
    internal static int CommonSize(IEnumerable<int> sizes) => sizes.Max() + BoxHeader;

    /// <summary>Adds an empty "free" box at the end, which players pass over.</summary>
    internal static byte[] Pad(byte[] file, int size)
    {
        var padded = new byte[size];
        file.CopyTo(padded, 0);
        BinaryPrimitives.WriteInt32BigEndian(padded.AsSpan(file.Length), size - file.Length);
        "free"u8.CopyTo(padded.AsSpan(file.Length + 4));
        return padded;
    }
}
