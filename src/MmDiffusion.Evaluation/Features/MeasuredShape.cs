namespace MmDiffusion.Evaluation.Features;

/// <summary>Size and rates of a clip as it is measured.</summary>
/// <param name="Height">Rows of a frame.</param>
/// <param name="Width">Columns of a frame.</param>
/// <param name="FrameRate">Frames per second.</param>
/// <param name="Frames">Number of frames.</param>
/// <param name="SampleRate">Sound samples per second.</param>
public sealed record MeasuredShape(int Height, int Width, double FrameRate, int Frames, int SampleRate)
{
    /// <summary>In words.</summary>
    public override string ToString() => Canonical();

    /// <summary>For digests, which reports hold: it stays as it is, whatever is said to people.</summary>
    internal string Canonical() => FormattableString.Invariant($"{Frames} frames of {Width}x{Height} at {FrameRate:0.##} fps with sound at {SampleRate} Hz");
}
