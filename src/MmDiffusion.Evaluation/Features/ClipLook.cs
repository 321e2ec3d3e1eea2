using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Features;

/// <summary>What is kept of a clip beside its features.</summary>
/// <param name="Shape">As it was measured.</param>
/// <param name="Track">How picture and sound change.</param>
/// <param name="Thumbnail">8 frames of 8×8, RGB: enough to know a clip again.</param>
public sealed record ClipLook(MeasuredShape Shape, ChangeTrack Track, byte[] Thumbnail)
{
    /// <summary>What the user should know of how the file was read, without its name.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    private const int Side = 8;
    private const int Shown = 8;

    /// <summary>Looks at a clip.</summary>
    /// <exception cref="MmDiffusionException">It has fewer than 3 frames.</exception>
    internal static ClipLook Of(Clip clip) => new(
        new MeasuredShape(clip.Frames.Height, clip.Frames.Width, clip.Frames.Rate, clip.Frames.Count, clip.Audio.Rate),
        ChangeTrack.Of(clip),
        Shrink(clip.Frames));

    /// <summary>Means over the parts of an even grid.</summary>
    private static byte[] Shrink(Frames frames)
    {
        var thumbnail = new byte[Shown * Side * Side * 3];
        for (var place = 0; place < thumbnail.Length; place++)
        {
            var (frame, row, column, colour) = (place / (Side * Side * 3), place / (Side * 3) % Side, place / 3 % Side, place % 3);
            thumbnail[place] = Mean(frames[(int)((frame + 0.5) * frames.Count / Shown)], frames, row, column, colour);
        }
        return thumbnail;
    }

    private static byte Mean(ReadOnlySpan<byte> frame, Frames frames, int row, int column, int colour)
    {
        var (top, bottom) = Part(row, frames.Height);
        var (left, right) = Part(column, frames.Width);
        var sum = 0L;
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++) sum += frame[(y * frames.Width + x) * 3 + colour];
        return (byte)(sum / ((bottom - top) * (right - left)));
    }

    private static (int Start, int End) Part(int number, int length)
    {
        var start = number * length / Side;
        return (start, Math.Max(start + 1, (number + 1) * length / Side));
    }
}
