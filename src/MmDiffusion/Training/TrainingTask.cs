using MmDiffusion.Data;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>What is trained: a network and its loss on a batch of clips.</summary>
public abstract class TrainingTask : IDisposable
{
    private protected TrainingTask(ModelDescription model, nn.Module network)
    {
        Model = model;
        Network = network;
        Process = new GaussianProcess(model.Diffusion);
        Losses = new DiffusionLosses(Process);
    }

    /// <summary>What the weights mean.</summary>
    public ModelDescription Model { get; }

    /// <summary>The network.</summary>
    public nn.Module Network { get; }

    /// <summary>The diffusion it is trained for.</summary>
    public GaussianProcess Process { get; }

    /// <summary>The clips it trains on.</summary>
    public ClipShape Shape => Model.TrainingShape();

    private protected DiffusionLosses Losses { get; }

    /// <summary>Makes the task of a configuration; the network's parameters hold nothing yet.</summary>
    /// <exception cref="MmDiffusionException">The configuration is not valid.</exception>
    public static TrainingTask Create(TrainingConfiguration configuration)
    {
        configuration.Validate();
        return configuration.Model.Kind == ModelKind.Joint ? new JointTrainingTask(configuration) : new UpscalerTrainingTask(configuration);
    }

    /// <summary>Fills the parameters as training starts with them.</summary>
    public abstract void Initialize(IRandomSource random);

    /// <summary>The loss of a batch: noises it, and calls the network once.</summary>
    /// <param name="batch">Clips of the <see cref="Shape"/>, on the network's device.</param>
    /// <param name="timesteps">int64 [B].</param>
    /// <param name="random">Where noise and all other randomness comes from, row by row.</param>
    public abstract LossTerms Loss(ClipBatch batch, Tensor timesteps, IRandomSource random);

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Sets what the network computes in.</summary>
    internal abstract void Compute(ScalarType type);

    /// <summary>Sets what decides the dropout of the next batch.</summary>
    internal abstract void Drop(IReadOnlyList<ulong> seeds, RandomGenerator generator = RandomGenerator.Philox);

    /// <summary>
    /// Sets who is told in the backward pass when the gradients of a stage, and of all parameters that are named after it, are complete.
    /// </summary>
    internal abstract void TellStages(Action<nn.Module> done);
}
