namespace MmDiffusion.Media;

/// <summary>How a clip is stored.</summary>
public enum ClipFileFormat
{
    /// <summary>One mp4 file: H.264 (yuv420p) and AAC, ready for streaming. Sides that are not even grow by one repeated row or column.</summary>
    Mp4,

    /// <summary>One webm file: VP9 and Opus (whose clock is always 48 kHz).</summary>
    Webm,

    /// <summary>An animated gif, and the sound in a wav file beside it.</summary>
    Gif,

    /// <summary>A folder of lossless PNG frames (frame-0001.png …) and sound.wav.</summary>
    Frames,
}
