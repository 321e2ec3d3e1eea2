using MmDiffusion.Kernels;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Primitives;

/// <summary>Clips as tensors in [-1, 1], and back.</summary>
public static class ClipTensors
{
    private const int Colours = 3;

    /// <summary>Frames as the networks see them.</summary>
    /// <param name="frames">At least one frame.</param>
    /// <returns>[F,3,H,W] float32 in [-1, 1].</returns>
    public static Tensor FromFrames(Frames frames)
    {
        using var scope = NewDisposeScope();
        var pixels = tensor(frames.Pixels, [frames.Count, frames.Height, frames.Width, Colours], ScalarType.Byte);
        var planes = pixels.permute(0, 3, 1, 2).contiguous(); // [F,H,W,3] → [F,3,H,W]
        return planes.to_type(ScalarType.Float32).DivideInPlace(127.5).SubtractInPlace(1).MoveToOuterDisposeScope();
    }

    /// <summary>Frames as people see them.</summary>
    /// <param name="video">[F,3,H,W]; values outside [-1, 1] are clipped.</param>
    /// <param name="rate">Frames per second.</param>
    public static Frames ToFrames(Tensor video, double rate)
    {
        using var scope = NewDisposeScope();
        var levels = video.detach().cpu().to_type(ScalarType.Float32).Plus(1).MultiplyInPlace(127.5).round_().ClampInPlace(0, 255);
        var pixels = levels.to_type(ScalarType.Byte).permute(0, 2, 3, 1).contiguous(); // [F,3,H,W] → [F,H,W,3]
        return new Frames(pixels.data<byte>().ToArray(), (int)video.shape[2], (int)video.shape[3], rate);
    }

    /// <summary>A sound as the networks hear it.</summary>
    /// <param name="sound">Any length.</param>
    /// <param name="length">Samples wanted: the rest is cut, or padded with silence.</param>
    /// <returns>[1,L] float32.</returns>
    public static Tensor FromAudio(Audio sound, long length)
    {
        var samples = new float[length];
        sound.Samples.AsSpan(0, (int)Math.Min(length, sound.Samples.Length)).CopyTo(samples);
        return tensor(samples, [1, length]);
    }

    /// <summary>A sound as people hear it.</summary>
    /// <param name="audio">[1,L]; values outside [-1, 1] are clipped.</param>
    /// <param name="rate">Samples per second.</param>
    public static Audio ToAudio(Tensor audio, int rate)
    {
        using var scope = NewDisposeScope();
        var samples = audio.detach().cpu().to_type(ScalarType.Float32).Clamped(-1, 1).contiguous();
        return new Audio(TensorMemory.ToArray<float>(samples), rate);
    }
}
