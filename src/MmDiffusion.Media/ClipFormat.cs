using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media;

/// <summary>The size and the rates to which a clip is brought on reading.</summary>
/// <param name="Height">Rows of a frame, 1 to 16384.</param>
/// <param name="Width">Columns of a frame, 1 to 16384.</param>
/// <param name="FrameRate">Frames per second, above 0 and at most 1000.</param>
/// <param name="SampleRate">Audio samples per second, 1000 to 768000.</param>
public sealed record ClipFormat(int Height, int Width, double FrameRate, int SampleRate)
{
    private const int LargestSide = 16384;

    /// <summary>
    /// The file's own size and rates; 0 for those of a part that the file lacks. Where frames are not evenly spaced, the rate is that of a
    /// grid which has a place for each.
    /// </summary>
    /// <param name="media">What <see cref="MediaFile.Probe(string, CancellationToken)"/> found.</param>
    public static ClipFormat Native(MediaInformation media) => new(media.Height, media.Width, media.GridRate, media.SampleRate);

    /// <exception cref="MmDiffusionException">A property that matters for the picture is out of range.</exception>
    internal void RequireVideo()
    {
        if (Height is < 1 or > LargestSide || Width is < 1 or > LargestSide)
            throw new MmDiffusionException(
                $"a frame size of {Width}x{Height} is not possible; width and height go from 1 to {LargestSide}");
        if (!(FrameRate is > 0 and <= 1000))
            throw new MmDiffusionException($"a rate of {FrameRate} frames per second is not possible; it goes from above 0 to 1000");
    }

    /// <exception cref="MmDiffusionException">The sample rate is out of range.</exception>
    internal void RequireAudio()
    {
        if (SampleRate is < 1000 or > 768000)
            throw new MmDiffusionException($"a rate of {SampleRate} samples per second is not possible; it goes from 1000 to 768000");
    }
}
