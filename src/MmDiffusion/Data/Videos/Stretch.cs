namespace MmDiffusion.Data;

/// <summary>A part of a video that is decoded at once: every run of frames that begins in it, so that neighbours overlap by a run less one frame.</summary>
/// <param name="First">The video's frame at which the stretch begins.</param>
/// <param name="Runs">How many runs of frames begin in it, at least 1.</param>
internal readonly record struct Stretch(int First, int Runs)
{
    private const int MostRuns = 256;

    /// <summary>Large frames make stretches shorter.</summary>
    private const long MostBytes = 256L << 20;

    /// <summary>Frames of the stretch.</summary>
    internal int Frames(ClipShape shape) => Runs + shape.Frames - 1;

    /// <summary>Samples of the stretch.</summary>
    internal int Samples(ClipShape shape) => SoundStart(shape, Runs - 1) + shape.AudioLength;

    /// <summary>Where the sound of a run begins, in samples after the stretch's own.</summary>
    /// <param name="shape">The clips.</param>
    /// <param name="run">0 … <see cref="Runs"/> - 1.</param>
    internal static int SoundStart(ClipShape shape, int run) => (int)Math.Round(run / shape.FrameRate * shape.SampleRate);

    /// <summary>Runs of a stretch that is long enough for few frames to be decoded twice, and short enough for memory.</summary>
    internal static int RunsThatFit(ClipShape shape) => (int)Math.Clamp(MostBytes / FrameBytes(shape) - shape.Frames + 1, 1, MostRuns);

    /// <summary>Bytes in memory of a whole video, about.</summary>
    internal static long Bytes(ClipShape shape, int frames) => frames * (FrameBytes(shape) + (long)(sizeof(short) * shape.SampleRate / shape.FrameRate));

    private static long FrameBytes(ClipShape shape) => 3L * shape.Height * shape.Width;
}
