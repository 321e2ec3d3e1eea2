using MmDiffusion.Checkpoints;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>Makes training steps: gradients summed over parts of a batch, one AdamW step, moving averages.</summary>
public sealed class Trainer : IDisposable
{
    private const int StepsBetweenTrims = 10;

    private readonly TrainingTask _task;
    private readonly TrainingConfiguration _configuration;
    private readonly ulong _seed;
    private readonly Device _device;
    private readonly TrainedParameters _parameters;
    private readonly AdamW _optimizer;
    private readonly List<ExponentialMovingAverage> _averages;
    private readonly ITimestepSampler _timesteps;

    /// <summary>Starts from the task's weights.</summary>
    /// <param name="task">Its network holds weights, float32; not owned.</param>
    /// <param name="configuration">How to train.</param>
    /// <param name="seed">Decides noise, timesteps and all other chance.</param>
    /// <param name="device">Where to compute; null for the CPU.</param>
    /// <exception cref="MmDiffusionException">The configuration is not valid.</exception>
    public Trainer(TrainingTask task, TrainingConfiguration configuration, ulong seed, Device? device = null)
    {
        configuration.Validate();
        (_task, _configuration, _seed, _device) = (task, configuration, seed, device ?? CPU);
        _task.Network.to(_device);
        _task.Network.train();
        _parameters = new TrainedParameters(task.Network, () => task.Compute(PrecisionChoice.For(configuration.Precision, _device).Type));
        _optimizer = new AdamW(_parameters.Values, configuration.Optimizer);
        _averages = [.. configuration.EmaRates.Select(rate => new ExponentialMovingAverage(_parameters.Values, rate))];
        var steps = task.Process.Schedule.OriginalSteps;
        _timesteps = configuration.Timesteps == TimestepSampling.LossAware ? new LossAwareTimesteps(steps) : new UniformTimesteps(steps);
    }

    /// <summary>Steps made.</summary>
    public long Step => _optimizer.Steps;

    /// <summary>Samples learned from.</summary>
    public long Samples => Step * _configuration.BatchSize;

    /// <summary>Names of the parameters.</summary>
    public IReadOnlyList<string> Names => _parameters.Names;

    /// <summary>The parameters, float32.</summary>
    public IReadOnlyList<Tensor> Values => _parameters.Values;

    /// <summary>The first moving average of the parameters: the trained model.</summary>
    public IReadOnlyList<Tensor> Average => _averages[0].Averages;

    /// <summary>Makes a step.</summary>
    /// <param name="nextClips">Gives the next <see cref="TrainingConfiguration.MicroBatch"/> clips of the data's order, in a tensor of the caller's scope.</param>
    /// <exception cref="MmDiffusionException">The loss is no longer a number.</exception>
    public StepReport MakeStep(Func<AudioVideo> nextClips)
    {
        using var scope = NewDisposeScope();
        var parts = new List<PartialLoss>();
        _parameters.ClearGradients();
        for (var first = Samples; parts.Count < _configuration.BatchSize / _configuration.MicroBatch; first += _configuration.MicroBatch)
            parts.Add(Accumulate(nextClips(), first));
        var norm = _parameters.GradientNorm();
        if (!double.IsFinite(norm)) throw new MmDiffusionException($"the loss of step {Step + 1} is not finite; resume with a lower learning_rate, or with gradient_clip");
        var rate = _configuration.LearningRateAt(Step + 1);
        _optimizer.Step(_parameters.Gradients, rate, gradientScale: _configuration.GradientClip is { } most && norm > most ? most / norm : 1);
        foreach (var average in _averages) average.Update();
        _parameters.Publish();
        foreach (var part in parts) _timesteps.Observe(part.Timesteps, part.Losses);
        if (Step % StepsBetweenTrims == 0) TorchRuntime.TrimMemory();
        return new StepReport(Step, parts.Average(part => part.Loss), parts.Average(part => part.Video), _task.Model.Kind == ModelKind.Joint ? parts.Average(part => part.Audio) : null, norm, rate);
    }

    /// <summary>Everything that the next steps depend on, by name, for a checkpoint.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State() => Sections().SelectMany(section => _parameters.Names.Zip(section.Tensors, (name, tensor) => KeyValuePair.Create($"{section.Name}.{name}", tensor)));

    /// <summary>Losses that the choice of timesteps has learned from; null where it does not learn.</summary>
    public IReadOnlyList<IReadOnlyList<double>>? TimestepLosses() => (_timesteps as LossAwareTimesteps)?.Save();

    /// <summary>Goes on from a checkpoint.</summary>
    /// <param name="state">What <see cref="State"/> gave.</param>
    /// <param name="step">Steps made then.</param>
    /// <param name="timestepLosses">What <see cref="TimestepLosses"/> gave.</param>
    /// <exception cref="MmDiffusionException">The state is not of this configuration.</exception>
    public void Restore(IWeightSource state, long step, IReadOnlyList<IReadOnlyList<double>>? timestepLosses)
    {
        using var noGradient = no_grad();
        var found = state.Entries.ToDictionary(entry => entry.Name);
        foreach (var (name, target) in State())
        {
            if (!found.TryGetValue(name, out var entry) || !entry.Shape.SequenceEqual(target.shape))
                throw new MmDiffusionException($"the checkpoint's state does not fit: '{name}' is missing or of another shape; resume with the configuration it was made with");
            using var scope = NewDisposeScope();
            target.copy_(state.Load(name));
        }
        _optimizer.Steps = step;
        if (_timesteps is LossAwareTimesteps aware && timestepLosses is not null) aware.Restore(timestepLosses);
        _parameters.Publish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _averages.ForEach(average => average.Dispose());
        _optimizer.Dispose();
        _parameters.Dispose();
    }

    private IEnumerable<(string Name, IReadOnlyList<Tensor> Tensors)> Sections() =>
    [
        ("weights", _parameters.Values),
        ("first_moment", _optimizer.FirstMoments),
        ("second_moment", _optimizer.SecondMoments),
        .. _averages.Select(average => (FormattableString.Invariant($"average_{average.Rate}"), average.Averages)),
    ];

    private PartialLoss Accumulate(AudioVideo clips, long first)
    {
        using var scope = NewDisposeScope();
        using var random = new BatchRandom(TrainingSample.SeedsOf(_seed, first, (int)clips.BatchSize, "sample"));
        _task.Drop(TrainingSample.SeedsOf(_seed, first, (int)clips.BatchSize, "dropout"));
        var draw = _timesteps.Draw(clips.BatchSize, random);
        var terms = _task.Loss(clips.Map(part => part.to(_device)), draw.Timesteps.to(_device), random);
        var loss = (terms.Loss * draw.Weights.to(_device)).sum() / _configuration.BatchSize;
        loss.backward();
        _parameters.CollectGradients();
        var errors = terms.MeanSquaredError;
        return new PartialLoss(
            draw.Timesteps.MoveToOuterDisposeScope(), terms.Loss.detach().MoveToOuterDisposeScope(), loss.item<float>() * _configuration.BatchSize / clips.BatchSize,
            errors.Video.mean().item<float>(), errors.HasAudio ? errors.Audio.mean().item<float>() : 0);
    }

    private sealed record PartialLoss(Tensor Timesteps, Tensor Losses, double Loss, double Video, double Audio);
}
