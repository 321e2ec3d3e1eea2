using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>
/// What an upscaler diffuses. In the paper it is the frame; with a scale it is the detail alone, the difference between the frame and its small
/// version enlarged: a network that knows nothing yet adds nothing, and all it learns goes into what enlarging lacks.
/// </summary>
/// <param name="scale">Factor of the detail, above 0; null for whole frames.</param>
internal sealed class DetailScale(double? scale)
{
    /// <summary>Of a model.</summary>
    internal static DetailScale Of(ModelDescription model) => new(model.DetailScale);

    /// <summary>Frames [N,3,H,W] to what is diffused.</summary>
    internal Tensor ToNetwork(Tensor frames, Tensor small)
    {
        using var scope = NewDisposeScope();
        return (scale is { } factor ? (frames - Enlarge(small, frames)).Times(factor) : frames.alias()).MoveToOuterDisposeScope();
    }

    /// <summary>The way back.</summary>
    internal Tensor FromNetwork(Tensor diffused, Tensor small)
    {
        using var scope = NewDisposeScope();
        var frames = scale is { } factor ? diffused.DividedBy(factor).Plus(Enlarge(small, diffused)) : diffused.alias();
        return frames.MoveToOuterDisposeScope();
    }

    /// <summary>As the network is shown the small frames.</summary>
    private static Tensor Enlarge(Tensor small, Tensor like) =>
        nn.functional.interpolate(small, size: [like.shape[2], like.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);
}
