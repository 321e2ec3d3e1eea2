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
                $"all clips of a study are as long as the shortest, and '{shortest.Media.Path}' is {seconds:0.###} s long, too short to be judged; "
                + $"remove it, or take clips of at least {ShortestSeconds} s");
        }

        return new CommonFormat(new ClipFormat(Even(height * factor), Even(width * factor), frameRate, sampleRate), Math.Max(1, (int)Math.Floor(seconds * frameRate + 0.01)));
    }

    private static int Even(double side) => Math.Max(2, 2 * (int)Math.Round(side / 2));
}
