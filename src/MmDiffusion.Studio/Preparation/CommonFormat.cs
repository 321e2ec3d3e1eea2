using System.Globalization;
using MmDiffusion.Media;

namespace MmDiffusion.Studio.Preparation;

/// <summary>
/// Size, rates and length that all clips of a study are brought to, so that these do not tell whose a clip is: one shape, the largest size
/// and the highest rates of all, which take nothing from anyone, and the shortest length.
/// </summary>
/// <param name="Clip">Size and rates.</param>
/// <param name="Frames">Number of frames.</param>
internal sealed record CommonFormat(ClipFormat Clip, int Frames)
{
    /// <summary>Small frames are enlarged, or the chroma of a video would be coarser than its pixels.</summary>
    private const int ShortestSide = 256;

    private const int LongestSide = 512;

    /// <summary>Nobody can judge less.</summary>
    private const double ShortestSeconds = 0.5;

    internal double Seconds => Frames / Clip.FrameRate;

    /// <param name="clips">All clips of the study.</param>
    /// <param name="shape">Of all of them, see <see cref="CommonShape"/>.</param>
    /// <exception cref="MmDiffusionException">The shortest is too short.</exception>
    internal static CommonFormat Of(IReadOnlyList<SourceClip> clips, AspectRatio shape)
    {
        var width = clips.Max(clip => shape.WidthWithin(clip.Media.Width, clip.Media.Height));
        var height = width / shape.Value;
        var side = Math.Max(width, height);
        var factor = side > LongestSide ? LongestSide / side : Math.Ceiling(ShortestSide / side);
        var frameRate = Math.Min(60, clips.Max(clip => clip.Media.GridRate));
        var sampleRate = clips.Max(clip => clip.Media.SampleRate) > 16000 ? 48000 : 16000;
        var shortest = clips.MinBy(clip => clip.Media.VideoSeconds)!;
        var seconds = shortest.Media.VideoSeconds;
        if (seconds < ShortestSeconds)
        {
            throw new MmDiffusionException(
                $"all clips of a study are as long as the shortest, and '{shortest.Media.Path}' is "
                + $"{seconds:0.###} s long, too short to be judged; "
                + $"remove it, or take clips of at least {ShortestSeconds} s");
        }

        return new CommonFormat(
            new ClipFormat(Even(height * factor), Even(width * factor), frameRate, sampleRate),
            Math.Max(1, (int)Math.Floor(seconds * frameRate + 0.01)));
    }

    private static int Even(double side) => Math.Max(2, 2 * (int)Math.Round(side / 2));
}

/// <summary>The one shape of all clips of a study: black bars, or a cut picture, would tell whose a clip is.</summary>
internal static class CommonShape
{
    /// <summary>The shape asked for, or the one that all clips have.</summary>
    /// <exception cref="MmDiffusionException">They have different ones, and none was asked for.</exception>
    internal static AspectRatio Of(IReadOnlyList<SourceClip> clips, AspectRatio? asked)
    {
        if (asked is { } shape) return shape;
        var shapes = clips.Select(clip => ShapeOf(clip).Reduced()).Distinct().ToList();
        var largest = ShapeOf(clips.MaxBy(clip => (long)clip.Media.Width * clip.Media.Height)!);
        if (shapes.All(largest.Resembles)) return largest;
        var systems = clips.GroupBy(clip => clip.System)
            .Select(system =>
                $"{system.Key} {string.Join(
                    " and ",
                    system.Select(clip => $"{clip.Media.Width}x{clip.Media.Height}").Distinct().Take(3))}");
        throw new MmDiffusionException(
            $"the clips have different shapes, by which the systems could be told apart: {string.Join(", ", systems)}; add --crop "
            + $"{LeastLoss(shapes)}, or another shape, to cut all of them alike around their middle");
    }

    /// <summary>Of the shapes that there are, the one that takes least from whoever loses most.</summary>
    private static AspectRatio LeastLoss(List<AspectRatio> shapes) =>
        shapes.MinBy(shape => shapes.Max(other => Math.Max(shape.Value / other.Value, other.Value / shape.Value)));

    private static AspectRatio ShapeOf(SourceClip clip) => new(clip.Media.Width, clip.Media.Height);
}

/// <summary>A shape of pictures, whatever their size.</summary>
/// <param name="Width">Columns, above 0.</param>
/// <param name="Height">To so many rows, above 0.</param>
public readonly record struct AspectRatio(int Width, int Height)
{
    /// <summary>Shapes that differ by less cannot be told apart by eye.</summary>
    private const double Tolerance = 0.01;

    /// <summary>Reads "16:9"; null where a text is no such shape.</summary>
    public static AspectRatio? Parse(string text) =>
        text.Split(':') is [var width, var height] && Read(width) is { } columns && Read(height) is { } rows
            ? new AspectRatio(columns, rows)
            : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}:{Height}");

    internal double Value => (double)Width / Height;

    /// <summary>In lowest terms.</summary>
    internal AspectRatio Reduced()
    {
        var (divisor, rest) = (Width, Height);
        while (rest > 0) (divisor, rest) = (rest, divisor % rest);
        return new AspectRatio(Width / divisor, Height / divisor);
    }

    /// <summary>Whether two shapes look the same.</summary>
    internal bool Resembles(AspectRatio other) => Math.Abs(Value / other.Value - 1) < Tolerance;

    /// <summary>Columns of the largest part of this shape that a picture holds.</summary>
    internal double WidthWithin(int width, int height) => Math.Min(width, height * Value);

    private static int? Read(string side) =>
        int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= 10_000 ? value : null;
}
