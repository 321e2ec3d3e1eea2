using MmDiffusion.Data;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Generation;
using MmDiffusion.Kernels;
using MmDiffusion.Media;
using MmDiffusion.Model;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;
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
    internal void Drop(IReadOnlyList<ulong> seeds, RandomGenerator generator = RandomGenerator.Philox) =>
        (State.DropoutSeeds, State.DropoutGenerator) = (seeds, generator);

    /// <summary>
    /// Sets who is told in the backward pass when the gradients of a stage, and of all parameters that are named after it, are complete.
    /// </summary>
    internal void TellStages(Action<nn.Module> done) => State.StageDone = done;

    /// <summary>What only training sets in the network.</summary>
    private protected abstract NetworkTraining State { get; }
}

/// <summary>Trains a Coupled U-Net on clips.</summary>
internal sealed class JointTrainingTask : TrainingTask
{
    private readonly CoupledUNet _network;

    internal JointTrainingTask(TrainingConfiguration configuration)
        : this(configuration.Model, new CoupledUNet(configuration.Model.Coupled!)) =>
        State.ActivationCheckpointing = configuration.ActivationCheckpointing;

    private JointTrainingTask(ModelDescription model, CoupledUNet network) : base(model, network) => _network = network;

    public override void Initialize(IRandomSource random) => _network.Initialize(random);

    public override LossTerms Loss(ClipBatch batch, Tensor timesteps, IRandomSource random)
    {
        using var met = NetworkScale.Of(Model).ToNetwork(batch.Clips);
        var tasks = Model.TrainedTasks();
        var plan = tasks.Draw(timesteps, Process.Schedule.Steps, Model.Coupled!.Frames, random);
        using var labels = Labels(batch, tasks.Unlabelled, random);
        return Losses.Compute(new JointDenoiser(_network, random, labels: labels), met, plan, random.Noise(batch.Clips, step: 0));
    }

    /// <summary>int64 [B], with some labels withheld in training; null where the network knows none.</summary>
    private Tensor? Labels(ClipBatch batch, double unlabelled, IRandomSource random)
    {
        var (known, size) = (Model.Coupled!, batch.Clips.BatchSize);
        if (known.Labels.Count == 0) return null;
        using var scope = NewDisposeScope();
        var labels = tensor(known.IndicesOf(batch.Labels ?? new string?[size]), device: batch.Clips.Device);
        if (_network.training) labels = labels.MaskedFill(random.Uniform(size).LessThan((float)unlabelled).to(labels.device), 0);
        return labels.MoveToOuterDisposeScope();
    }

    internal override void Compute(ScalarType type) => _network.ComputeType = type;

    private protected override NetworkTraining State => _network.Training;
}

/// <summary>Trains a super-resolution U-Net on the first frames of clips, whose small versions are degraded.</summary>
internal sealed class UpscalerTrainingTask : TrainingTask
{
    private readonly SuperResolutionUNet _network;
    private readonly FrameDegradation _degradation;

    internal UpscalerTrainingTask(TrainingConfiguration configuration)
        : this(configuration.Model, new SuperResolutionUNet(configuration.Model.SuperResolution!), configuration.Degradations) =>
        State.ActivationCheckpointing = configuration.ActivationCheckpointing;

    private UpscalerTrainingTask(ModelDescription model, SuperResolutionUNet network, DegradationOptions degradations)
        : base(model, network)
    {
        _network = network;
        _degradation = new FrameDegradation(degradations, network.Configuration.SmallSize);
    }

    public override void Initialize(IRandomSource random) => _network.Initialize(random);

    public override LossTerms Loss(ClipBatch batch, Tensor timesteps, IRandomSource random)
    {
        using var scope = NewDisposeScope();
        var frames = batch.Clips.Video.select(1, 0); // [B,F,3,H,W] → [B,3,H,W]
        var small = _degradation.Apply(frames, random);
        var diffused = new AudioVideo(DetailScale.Of(Model).ToNetwork(frames, small), null);
        var terms = Losses.Compute(new UpscalingDenoiser(_network, small), diffused, timesteps, random.Noise(diffused, step: 0));
        terms.MeanSquaredError.MoveToOuter(scope);
        terms.VariationalBound?.MoveToOuter(scope);
        scope.MoveToOuter(terms.Loss);
        return terms;
    }

    internal override void Compute(ScalarType type) => _network.ComputeType = type;

    private protected override NetworkTraining State => _network.Training;
}
