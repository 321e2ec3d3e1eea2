using MmDiffusion.Media;

namespace MmDiffusion.Studio.Preparation;

/// <summary>
/// Size, rates and length that all clips of a study are brought to, so that these do not tell whose a clip is: the largest size and the
/// highest rates of all, which take nothing from anyone, and the shortest length.
/// </summary>
/// <param name="Clip">Size and rates.</param>
/// <param name="Frames">Number of frames.</param>
internal sealed record CommonFormat(ClipFormat Clip, int Frames)
{
    /// <summary>Small frames are enlarged, or the chroma of a video would be coarser than its pixels.</summary>
    private const int ShortestSide = 256;

    private const int LongestSide = 512;

    internal double Seconds => Frames / Clip.FrameRate;

    internal static CommonFormat Of(IReadOnlyList<SourceClip> clips)
    {
        var (width, height) = (clips.Max(clip => clip.Media.Width), clips.Max(clip => clip.Media.Height));
        var side = Math.Max(width, height);
        var factor = side > LongestSide ? (double)LongestSide / side : Math.Ceiling((double)ShortestSide / side);
        var frameRate = Math.Min(60, clips.Max(clip => clip.Media.FrameRate));
        var sampleRate = clips.Max(clip => clip.Media.SampleRate) > 16000 ? 48000 : 16000;
        var seconds = clips.Min(clip => clip.Media.VideoEnd > 0 ? clip.Media.VideoEnd : clip.Media.Duration);
        return new CommonFormat(new ClipFormat(Even(height * factor), Even(width * factor), frameRate, sampleRate), Math.Max(1, (int)Math.Floor(seconds * frameRate + 0.01)));
    }

    private static int Even(double side) => Math.Max(2, 2 * (int)Math.Round(side / 2));
}
