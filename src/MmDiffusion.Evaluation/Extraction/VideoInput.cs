using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>Frames as video extractors want them.</summary>
internal static class VideoInput
{
    /// <summary>What the published evaluation gives to I3D: the shorter side brought to 224, the middle cut out, values in [-1, 1].</summary>
    /// <param name="frames">[B,F,3,H,W] uint8.</param>
    /// <returns>[B,3,F,224,224] float32.</returns>
    internal static Tensor ForI3d(Tensor frames)
    {
        using var scope = NewDisposeScope();
        var scaled = Resize(frames.to_type(ScalarType.Float32) / 255, I3dNetwork.FrameSize, I3dNetwork.FrameSize);
        return ((scaled - 0.5) * 2).permute(0, 2, 1, 3, 4).contiguous().MoveToOuterDisposeScope(); // [B,F,3,H,W] → [B,3,F,H,W]
    }

    /// <summary>Bilinear without antialiasing, the aspect kept: the smallest picture that covers the size, of which the middle stays.</summary>
    /// <param name="frames">[B,F,3,H,W] float32.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <returns>[B,F,3,height,width].</returns>
    internal static Tensor Resize(Tensor frames, long height, long width)
    {
        using var scope = NewDisposeScope();
        var (h, w) = (frames.shape[3], frames.shape[4]);
        // The side that fits exactly is given, the other rounded up: whole numbers, so that rounding never adds a row.
        var (tall, wide) = height * w >= width * h ? (height, CeilingOf(w * height, h)) : (CeilingOf(h * width, w), width);
        var flat = functional.interpolate(frames.flatten(0, 1), [tall, wide], mode: InterpolationMode.Bilinear, align_corners: false);
        var middle = flat.narrow(2, (tall - height) / 2, height).narrow(3, (wide - width) / 2, width);
        return middle.unflatten(0, [frames.shape[0], frames.shape[1]]).MoveToOuterDisposeScope();
    }

    private static long CeilingOf(long dividend, long divisor) => (dividend + divisor - 1) / divisor;
}
