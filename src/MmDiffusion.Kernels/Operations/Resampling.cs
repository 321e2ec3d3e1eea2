using System.ComponentModel;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Operations;

/// <summary>Changes of resolution between levels: average pooling down, nearest neighbour up.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Resampling
{
    private const int ImageFactor = 2;
    private const int AudioFactor = 4;

    /// <summary>The same resolution.</summary>
    public static Tensor None(Tensor x) => x;

    /// <summary>[…,H,W,C] → […,H/2,W/2,C]</summary>
    public static Tensor HalveImages(Tensor x)
    {
        using var scope = NewDisposeScope();
        var planes = x.flatten(0, -4).permute(0, 3, 1, 2); // […,H,W,C] → [planes,C,H,W]
        var halved = nn.functional.avg_pool2d(planes, ImageFactor).permute(0, 2, 3, 1);
        return halved.contiguous()
            .view([.. x.shape[..^3], x.size(-3) / ImageFactor, x.size(-2) / ImageFactor, x.size(-1)])
            .MoveToOuterDisposeScope();
    }

    /// <summary>[…,H,W,C] → […,2H,2W,C]</summary>
    public static Tensor DoubleImages(Tensor x) =>
        is_grad_enabled() && x.requires_grad ? DifferentiableDoubling.Apply(x) : DoubleDirectly(x);

    /// <summary>The same without a backward pass of its own.</summary>
    internal static Tensor DoubleDirectly(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (height, width, channels) = (x.size(-3), x.size(-2), x.size(-1));
        var spread = x.reshape(-1, height, 1, width, 1, channels).expand(-1, height, ImageFactor, width, ImageFactor, channels);
        return spread.reshape([.. x.shape[..^3], height * ImageFactor, width * ImageFactor, channels]).MoveToOuterDisposeScope();
    }

    /// <summary>[B,L,C] → [B,L/4,C]</summary>
    public static Tensor QuarterAudio(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.view(x.size(0), -1, AudioFactor, x.size(2)).mean([2]).MoveToOuterDisposeScope(); // [B,L/4,4,C] → [B,L/4,C]
    }

    /// <summary>[B,L,C] → [B,4L,C]</summary>
    public static Tensor QuadrupleAudio(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.unsqueeze(2).expand(-1, -1, AudioFactor, -1).flatten(1, 2).MoveToOuterDisposeScope();
    }
}

/// <summary>Change of resolution inside a residual block.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public enum Resample
{
    /// <summary>None.</summary>
    None,

    /// <summary>To the next deeper level.</summary>
    Down,

    /// <summary>To the next higher level.</summary>
    Up,
}

/// <summary>
/// <see cref="Resampling.DoubleImages"/> with a backward pass of its own: the sum of four neighbours is four times what halving gives.
/// libtorch's own sums over dimensions of two that are not the last, which takes twenty times as long.
/// </summary>
internal sealed class DifferentiableDoubling : autograd.SingleTensorFunction<DifferentiableDoubling>
{
    private const double Neighbours = 4;

    public override string Name => nameof(DifferentiableDoubling);

    /// <summary>[…,H,W,C] → […,2H,2W,C]</summary>
    internal static Tensor Apply(Tensor x) => apply(x);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => Resampling.DoubleDirectly((Tensor)vars[0]);

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var given = grad_output;
        return GradientRelease.Of(Resampling.HalveImages(given).MultiplyInPlace(Neighbours));
    }
}
