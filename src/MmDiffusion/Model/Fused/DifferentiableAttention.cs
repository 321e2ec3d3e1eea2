using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary><see cref="FusedAttention"/> with its own way back, which keeps nothing but queries, keys and values.</summary>
internal sealed class DifferentiableAttention : autograd.SingleTensorFunction<DifferentiableAttention>
{
    private const string SpansKey = "spans";

    public override string Name => nameof(DifferentiableAttention);

    /// <summary>As <see cref="FusedAttention.Apply(Tensor,Tensor,Tensor,IReadOnlyList{AttentionSpan})"/>.</summary>
    internal static Tensor Apply(Tensor q, Tensor k, Tensor v, IReadOnlyList<AttentionSpan> spans) => apply(q, k, v, spans);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (q, k, v, spans) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (IReadOnlyList<AttentionSpan>)vars[3]);
        ctx.save_for_backward([q, k, v]);
        ctx.save_data(SpansKey, spans);
        return FusedAttention.Forward(q, k, v, spans);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var given = grad_output;
        var inputs = ctx.get_saved_variables();
        var (q, k, v) = FusedAttention.Backward(grad_output, inputs[0], inputs[1], inputs[2], (IReadOnlyList<AttentionSpan>)ctx.get_data(SpansKey));
        return Handover.Of(q, k, v, null);
    }
}
