using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Tells when the backward pass has come back to a place of the network. libtorch computes gradients in the reverse order of the forward
/// pass, and adds those of parameters at once: whatever ran after the place has all its gradients then.
/// </summary>
internal sealed class BackwardMark : autograd.SingleTensorFunction<BackwardMark>
{
    private const string Told = "told";

    public override string Name => nameof(BackwardMark);

    /// <summary>Marks the beginning of a stage of a network.</summary>
    /// <param name="stage">What is about to run.</param>
    /// <param name="embedding">The timestep's, of which this stage has to use, for its outputs, what is returned.</param>
    /// <param name="done">Told in the backward pass when it has passed the stage; null for nobody.</param>
    internal static Tensor Of(nn.Module stage, Tensor embedding, Action<nn.Module>? done) =>
        done is null || !embedding.requires_grad || !is_grad_enabled() ? embedding : apply(embedding, () => done(stage));

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Told, vars[1]);
        return ((Tensor)vars[0]).clone();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        ((Action)ctx.get_data(Told))();
        using var scope = NewDisposeScope();
        using var given = grad_output;
        return Handover.Of(given.alias(), null);
    }
}
