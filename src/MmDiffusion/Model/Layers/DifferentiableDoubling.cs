using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// <see cref="Resampling.DoublePictures"/> with its own way back: the sum of four neighbours is four times what halving gives. libtorch's own
/// sums over dimensions of two that are not the last, which takes twenty times as long.
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
        return Handover.Of(Resampling.HalvePictures(given).MultiplyInPlace(Neighbours));
    }
}
