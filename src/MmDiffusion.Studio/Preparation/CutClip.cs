using MmDiffusion.Media;

namespace MmDiffusion.Studio.Preparation;

/// <summary>Reads clips so that they fill the study's frames: what is wider or higher is cut off, on both sides alike.</summary>
internal static class CutClip
{
    internal static Clip Read(MediaInformation media, CommonFormat format, CancellationToken cancellation)
    {
        var (width, height) = (format.Clip.Width, format.Clip.Height);
        // One side fits, the other reaches at least as far.
        var covering = (long)media.Width * height >= (long)media.Height * width
            ? format.Clip with { Width = CeilingOf(media.Width, height, media.Height) }
            : format.Clip with { Height = CeilingOf(media.Height, width, media.Width) };
        var clip = ClipReader.ReadClip(media, covering, 0, format.Frames, cancellation: cancellation);
        return clip with { Frames = Cut(clip.Frames, height, width) };
    }

    private static int CeilingOf(int side, int wanted, int other) => (int)(((long)side * wanted + other - 1) / other);

    private static Frames Cut(Frames frames, int height, int width)
    {
        var (left, top) = ((frames.Width - width) / 2, (frames.Height - height) / 2);
        var pixels = new byte[frames.Count * height * width * 3];
        for (var frame = 0; frame < frames.Count; frame++)
        {
            for (var row = 0; row < height; row++)
                frames[frame].Slice(((top + row) * frames.Width + left) * 3, width * 3).CopyTo(pixels.AsSpan((frame * height + row) * width * 3));
        }

        return new Frames(pixels, height, width, frames.Rate);
    }
}
