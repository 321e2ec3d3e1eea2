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

    public override LossTerms Loss(AudioVideo clips, Tensor timesteps, IRandomSource random)
    {
        using var met = NetworkScale.Of(Model).ToNetwork(clips);
        var plan = Model.TrainedTasks().Draw(timesteps, Process.Schedule.Steps, Model.Coupled!.Frames, random);
        return Losses.Compute(new JointDenoiser(_network, random), met, plan, random.Noise(clips, step: 0));
    }

    internal override void Compute(ScalarType type) => _network.ComputeType = type;

    internal override void Drop(IReadOnlyList<ulong> seeds, RandomGenerator generator = RandomGenerator.Philox) => (_network.DropoutSeeds, _network.DropoutGenerator) = (seeds, generator);

    internal override void TellStages(Action<nn.Module> done) => _network.StageDone = done;
}
