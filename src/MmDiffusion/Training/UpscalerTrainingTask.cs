using MmDiffusion.Data;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>Trains a super-resolution U-Net on the first frames of clips, whose small versions are degraded.</summary>
internal sealed class UpscalerTrainingTask : TrainingTask
{
    private readonly SuperResolutionUNet _network;
    private readonly FrameDegradation _degradation;

    internal UpscalerTrainingTask(TrainingConfiguration configuration)
        : this(configuration.Model, new SuperResolutionUNet(configuration.Model.SuperResolution!) { ActivationCheckpointing = configuration.ActivationCheckpointing }, configuration.Degradations)
    {
    }

    private UpscalerTrainingTask(ModelDescription model, SuperResolutionUNet network, DegradationOptions degradations) : base(model, network)
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

    internal override void Drop(IReadOnlyList<ulong> seeds, RandomGenerator generator = RandomGenerator.Philox) => (_network.DropoutSeeds, _network.DropoutGenerator) = (seeds, generator);

    internal override void TellStages(Action<nn.Module> done) => _network.StageDone = done;
}
