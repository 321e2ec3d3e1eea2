using System.ComponentModel;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Model.Layers;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// What a network is told of its training, and nothing else depends on: the seeds of dropout, whether activations are kept, and who waits
/// for gradients. Not safe to change while the network runs.
/// </summary>
public sealed class NetworkTraining
{
    private readonly Dropout _dropout;

    internal NetworkTraining(Dropout dropout) => _dropout = dropout;

    /// <summary>
    /// In training with dropout, a seed for each sample of the batches to come: what is dropped depends on it alone.
    /// </summary>
    public IReadOnlyList<ulong>? DropoutSeeds
    {
        get => _dropout.Seeds;
        set => _dropout.Seeds = value;
    }

    /// <summary>How dropout is made of <see cref="DropoutSeeds"/>. Philox by default.</summary>
    public RandomGenerator DropoutGenerator
    {
        get => _dropout.Generator;
        set => _dropout.Generator = value;
    }

    /// <summary>
    /// Whether activations are computed again in the backward pass rather than kept: less memory, more time. Not by default.
    /// </summary>
    public bool ActivationCheckpointing { get; set; }

    /// <summary>
    /// Told in the backward pass of each stage that changes with the timestep, the last first, when the gradients of its parameters and of
    /// all that stand behind them are complete. Null for nobody.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public Action<nn.Module>? StageDone { get; set; }

    /// <summary>Runs a stage of the network, keeping activations or computing them again.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="run">
    /// Runs it, given the inputs and whether it may dispose those before the last, the embedding.
    /// </param>
    /// <param name="usesTimestep">
    /// Whether the stage has a use for the timestep; where it has none, the backward pass does not come back to its mark.
    /// </param>
    /// <param name="owned">Whether the stage may dispose its inputs.</param>
    /// <param name="inputs">What it is given; the embedding is the last.</param>
    internal IReadOnlyList<Tensor> Run(
        nn.Module stage,
        Func<IReadOnlyList<Tensor>, bool, IReadOnlyList<Tensor>> run,
        bool usesTimestep,
        bool owned,
        params Tensor[] inputs)
    {
        if (usesTimestep) inputs[^1] = BackwardMark.Of(stage, inputs[^1], StageDone);
        return ActivationCheckpointing && stage.training && is_grad_enabled()
            ? Recomputation.Run(again => run(again, false), inputs)
            : run(inputs, owned);
    }
}
