using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Activation checkpointing (Chen et al., 2016): keeps the inputs of a part of a network rather than its activations, which the backward
/// pass computes again. The part must compute the same both times; its parameters receive their gradients as always.
/// </summary>
internal sealed class Recomputation : autograd.MultiTensorFunction<Recomputation>
{
    private const string Part = "part";

    public override string Name => nameof(Recomputation);

    /// <summary>Runs a part without keeping its activations.</summary>
    /// <param name="part">Maps inputs to outputs.</param>
    /// <param name="inputs">At least one of them requires a gradient.</param>
    internal static IReadOnlyList<Tensor> Run(Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> part, params Tensor[] inputs) => apply([part, .. inputs]);

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var part = (Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>>)vars[0];
        var inputs = vars.Skip(1).Cast<Tensor>().ToList();
        ctx.save_data(Part, part);
        ctx.save_for_backward(inputs);
        using var noGradient = no_grad();
        return [.. part(inputs)];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        var part = (Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>>)ctx.get_data(Part);
        var inputs = ctx.get_saved_variables().Select(input => input.detach().requires_grad_(input.requires_grad)).ToList();
        using (enable_grad())
        {
            var outputs = part(inputs);
            autograd.backward([.. outputs], [.. grad_outputs]);
        }
        foreach (var gradient in grad_outputs) gradient.Dispose();
        // One for each argument of forward, of which the first is no tensor.
        return Handover.Of([null, .. inputs.Select(input => input.grad)]);
    }
}
