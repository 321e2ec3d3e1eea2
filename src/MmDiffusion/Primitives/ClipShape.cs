using System.ComponentModel;
using System.Globalization;
using MmDiffusion.Media;

namespace MmDiffusion.Primitives;

/// <summary>The size of every clip that a model trains on.</summary>
public sealed record ClipShape
{
    /// <summary>Frames of a clip, at least 1. 16 by default.</summary>
    public int Frames { get; init; } = 16;

    /// <summary>Rows of a frame, at least 1. 64 by default.</summary>
    public int Height { get; init; } = 64;

    /// <summary>Columns of a frame, at least 1. 64 by default.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Frames per second, above 0. 10 by default.</summary>
    public double FrameRate { get; init; } = 10;

    /// <summary>Samples of a clip's sound, at least 1. 25,600 by default: 1.6 s.</summary>
    public int AudioLength { get; init; } = 25_600;

    /// <summary>Samples per second, at least 1. 16,000 by default.</summary>
    public int SampleRate { get; init; } = 16_000;

    /// <summary>Bytes of a clip's frames: F·H·W·3.</summary>
    public int FrameBytes() => checked(Frames * Height * Width * 3);

    /// <summary>
    /// The shape in the text that a source's digest is made of. It is written out, since a running training is told by that digest: a
    /// setting that is added joins it only where it is not at its default, and the culture has no say.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public string Canonical() => string.Create(CultureInfo.InvariantCulture,
        $"ClipShape {{ Frames = {Frames}, Height = {Height}, Width = {Width}, FrameRate = {FrameRate}, AudioLength = "
        + $"{AudioLength}, SampleRate = {SampleRate} }}");

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Frames is >= 1 and <= 10_000, $"frames is {Frames}, expected 1 to 10000");
        errors.Require(Height is >= 1 and <= 4096, $"height is {Height}, expected 1 to 4096");
        errors.Require(Width is >= 1 and <= 4096, $"width is {Width}, expected 1 to 4096");
        errors.Require(FrameRate is > 0 and <= 1000, $"frame_rate is {FrameRate}, expected above 0 and at most 1000");
        errors.Require(AudioLength is >= 1 and <= 100_000_000, $"audio_length is {AudioLength}, expected 1 to 100000000");
        errors.Require(SampleRate is >= 1 and <= 1_000_000, $"sample_rate is {SampleRate}, expected 1 to 1000000");
        errors.ThrowIfAny("the shape of the clips");
    }
}
