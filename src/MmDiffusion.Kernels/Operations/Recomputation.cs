using System.ComponentModel;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Operations;

/// <summary>
/// Activation checkpointing (Chen et al., 2016): keeps the inputs of a part of a network rather than its activations, which the backward
/// pass computes again. The part must compute the same both times; its parameters receive their gradients as always.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class Recomputation : autograd.MultiTensorFunction<Recomputation>
{
    private const string Part = "part";

    /// <inheritdoc/>
    public override string Name => nameof(Recomputation);

    /// <summary>Runs a part without keeping its activations.</summary>
    /// <param name="part">Maps inputs to outputs.</param>
    /// <param name="inputs">At least one of them requires a gradient.</param>
    public static IReadOnlyList<Tensor> Run(Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> part, params Tensor[] inputs) =>
        apply([part, .. inputs]);

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var part = (Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>>)vars[0];
        var inputs = vars.Skip(1).Cast<Tensor>().ToList();
        ctx.save_data(Part, part);
        ctx.save_for_backward(inputs);
        using var noGradient = no_grad();
        return [.. part(inputs)];
    }

    /// <inheritdoc/>
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
        return GradientRelease.Of([null, .. inputs.Select(input => input.grad)]);
    }
}

/// <summary>
/// Tells when the backward pass has come back to a position of the network. libtorch computes gradients in the reverse order of the forward
/// pass, and adds those of parameters at once: whatever ran after the position has all its gradients then.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class BackwardMark : autograd.SingleTensorFunction<BackwardMark>
{
    private const string Told = "told";

    /// <inheritdoc/>
    public override string Name => nameof(BackwardMark);

    /// <summary>Marks the beginning of a stage of a network.</summary>
    /// <param name="stage">What is about to run.</param>
    /// <param name="embedding">The timestep's, of which this stage has to use, for its outputs, what is returned.</param>
    /// <param name="done">Told in the backward pass when it has passed the stage; null for nobody.</param>
    public static Tensor Of(nn.Module stage, Tensor embedding, Action<nn.Module>? done) =>
        done is null || !embedding.requires_grad || !is_grad_enabled() ? embedding : apply(embedding, () => done(stage));

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Told, vars[1]);
        return ((Tensor)vars[0]).clone();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        ((Action)ctx.get_data(Told))();
        using var scope = NewDisposeScope();
        using var given = grad_output;
        return GradientRelease.Of(given.alias(), null);
    }
}

/// <summary>
/// Gradients on their way from own functions to libtorch, which takes its references to them only when the function has returned. Left to a
/// scope, those of all layers would be kept until the whole backward pass is done; here they are released at the next function.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class GradientRelease
{
    [ThreadStatic]
    private static List<Tensor>? _before;

    /// <summary>Ends a function's backward pass.</summary>
    /// <param name="gradients">Of the function's arguments, null for none; moved to the scope around the function's.</param>
    /// <returns>The same, as libtorch wants them.</returns>
    public static List<Tensor> Of(params ReadOnlySpan<Tensor?> gradients)
    {
        foreach (var gradient in _before ?? []) gradient?.Dispose();
        _before = [];
        foreach (var gradient in gradients) _before.Add(gradient?.MoveToOuterDisposeScope()!);
        return [.. _before];
    }
}
