using MmDiffusion.Data;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>Trains a Coupled U-Net on clips.</summary>
internal sealed class JointTrainingTask : TrainingTask
{
    private readonly CoupledUNet _network;

    internal JointTrainingTask(TrainingConfiguration configuration)
        : this(configuration.Model, new CoupledUNet(configuration.Model.Coupled!) { ActivationCheckpointing = configuration.ActivationCheckpointing })
    {
    }

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

    internal override void Drop(IReadOnlyList<ulong> seeds, RandomGenerator generator = RandomGenerator.Philox) => (_network.DropoutSeeds, _network.DropoutGenerator) = (seeds, generator);

    internal override void TellStages(Action<nn.Module> done) => _network.StageDone = done;
}
