using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>Changes of resolution between levels: average pooling down, nearest neighbour up.</summary>
internal static class Resampling
{
    private const int AudioFactor = 4;

    internal static Tensor None(Tensor x) => x;

    /// <summary>[…,H,W] → […,H/2,W/2]</summary>
    internal static Tensor HalvePictures(Tensor x)
    {
        using var scope = NewDisposeScope();
        var shape = x.shape;
        shape[^2] /= 2;
        shape[^1] /= 2;
        var planes = x.reshape(-1, 1, x.shape[^2], x.shape[^1]); // […,H,W] → [planes,1,H,W]
        return nn.functional.avg_pool2d(planes, 2).view(shape).MoveToOuterDisposeScope();
    }

    /// <summary>[…,H,W] → […,2H,2W]</summary>
    internal static Tensor DoublePictures(Tensor x)
    {
        using var scope = NewDisposeScope();
        var shape = x.shape;
        shape[^2] *= 2;
        shape[^1] *= 2;
        var spread = x.unsqueeze(-2).unsqueeze(-1); // […,H,W] → […,H,1,W,1]
        var extents = spread.shape;
        extents[^3] = extents[^1] = 2;
        return spread.expand(extents).reshape(shape).MoveToOuterDisposeScope(); // […,H,2,W,2] → […,2H,2W]
    }

    /// <summary>[B,C,L] → [B,C,L/4]</summary>
    internal static Tensor QuarterAudio(Tensor x) => nn.functional.avg_pool1d(x, AudioFactor);

    /// <summary>[B,C,L] → [B,C,4L]</summary>
    internal static Tensor QuadrupleAudio(Tensor x) => x.repeat_interleave(AudioFactor, dim: 2);
}
