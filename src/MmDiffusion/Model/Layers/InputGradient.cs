using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Passes a convolution's result on, and its gradient back to the input, as another convolution with the kernel mirrored: libtorch's own way
/// is slow in bfloat16. Kernel and bias receive their gradients from whatever computed the result.
/// </summary>
internal sealed class InputGradient : autograd.SingleTensorFunction<InputGradient>
{
    private const string DilationKey = "dilation";

    public override string Name => nameof(InputGradient);

    /// <summary>Gives the result, of which the input's gradient depends.</summary>
    /// <param name="result">[N,H,W,out], computed from the detached input.</param>
    /// <param name="x">The input, [N,H,W,C].</param>
    /// <param name="weight">[out,C,kH,kW], odd extents.</param>
    /// <param name="dilation">Distance between the columns that the kernel sees.</param>
    internal static Tensor Apply(Tensor result, Tensor x, Tensor weight, long dilation) => apply(result, x, weight, dilation);

    /// <summary>The gradient of the input, from the contiguous one of the output.</summary>
    internal static Tensor Of(Tensor gradient, Tensor weight, long dilation)
    {
        using var scope = NewDisposeScope();
        return ChannelsLast.ConvolveDirectly(gradient, weight.flip(2, 3).transpose(0, 1), null, dilation).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_for_backward([(Tensor)vars[2]]);
        ctx.save_data(DilationKey, (long)vars[3]);
        return ((Tensor)vars[0]).alias();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var gradient = grad_output.contiguous();
        var ofInput = Of(gradient, ctx.get_saved_variables()[0], (long)ctx.get_data(DilationKey));
        return [gradient.alias().MoveToOuterDisposeScope(), ofInput.MoveToOuterDisposeScope(), null!, null!];
    }
}
