using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Data;

/// <summary>A clip as its source gives it.</summary>
/// <param name="Pixels">[F,H,W,3] RGB.</param>
/// <param name="Samples">16-bit sound.</param>
/// <param name="Mirrored">Whether left and right are to change places.</param>
/// <param name="Label">Its class; null where there is none.</param>
internal sealed record RawClip(byte[] Pixels, short[] Samples, bool Mirrored, string? Label)
{
    internal static RawClip Read(IClipSource source, int index, bool mirrored)
    {
        var (pixels, samples) = (new byte[source.Shape.FrameBytes()], new short[source.Shape.AudioLength]);
        source.Read(index, pixels, samples);
        return new RawClip(pixels, samples, mirrored, source.LabelOf(index));
    }

    /// <summary>Video [F,3,H,W] and audio [1,L], float32 in [-1, 1].</summary>
    internal AudioVideo ToTensors(ClipShape shape)
    {
        using var scope = NewDisposeScope();
        var video = ClipTensors.FromFrames(new Frames(Pixels, shape.Height, shape.Width, shape.FrameRate));
        if (Mirrored) video = video.flip(3);
        var audio = tensor(Samples, [1, shape.AudioLength], ScalarType.Int16).to_type(ScalarType.Float32).DivideInPlace(-short.MinValue);
        return new AudioVideo(video, audio).MoveToOuter(scope);
    }
}
