using System.Diagnostics;
using System.Security.Cryptography;
using MmDiffusion.Checkpoints;
using MmDiffusion.Collectives;
using MmDiffusion.Data;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Generation;
using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>Makes training steps: gradients summed over parts of a batch, one AdamW step, moving averages.</summary>
public sealed class Trainer : IDisposable
{
    private const int StepsBetweenTrims = 100;

    /// <summary>
    /// From as many parameters on, a step frees gigabytes and takes seconds: what stays unused between blocks is given back at once.
    /// </summary>
    private const long ManyParameters = 50_000_000;

    private readonly TrainingTask _task;
    private readonly TrainingConfiguration _configuration;
    private readonly ulong _seed;
    private readonly Device _device;
    private readonly TrainedParameters _parameters;
    private readonly TrainedOptimizer _optimizer;
    private readonly List<MovingAverage> _averages;
    private readonly ITimestepSampler _timesteps;
    private readonly ICollective _ranks;
    private readonly GradientSum _sum;
    private readonly GradientExchange _exchange;

    /// <summary>Starts from the task's weights.</summary>
    /// <param name="task">Its network holds weights, float32; not owned.</param>
    /// <param name="configuration">How to train.</param>
    /// <param name="seed">Decides noise, timesteps and all other randomness.</param>
    /// <param name="device">Where to compute; null for the CPU.</param>
    /// <param name="ranks">Who else trains; not owned; null for nobody.</param>
    /// <param name="exchange">How ranks share gradients and the optimiser; null for the defaults.</param>
    /// <exception cref="MmDiffusionException">The configuration is not valid, or has too few parts for so many ranks.</exception>
    public Trainer(
        TrainingTask task,
        TrainingConfiguration configuration,
        ulong seed,
        Device? device = null,
        ICollective? ranks = null,
        ExchangeOptions? exchange = null)
    {
        configuration.Validate();
        (_ranks, exchange) = (ranks ?? new SingleProcess(), exchange ?? new ExchangeOptions());
        var parts = configuration.BatchSize / configuration.MicroBatch;
        if (parts < _ranks.Size)
            throw new MmDiffusionException(
                $"there are {_ranks.Size} ranks, but a batch of {configuration.BatchSize} has only {parts} parts of micro_batch "
                + $"{configuration.MicroBatch}; start fewer ranks, or lower micro_batch");
        Share = BatchShare.Of(parts, configuration.MicroBatch, _ranks.Rank, _ranks.Size);
        (_task, _configuration, _seed, _device) = (task, configuration, seed, device ?? CPU);
        _task.Network.to(_device);
        _task.Network.train();
        _parameters = new TrainedParameters(task.Network, () => task.Compute(PrecisionChoice.For(configuration.Precision, _device).Type));
        _sum = new GradientSum(_parameters.FlatGradient, parts, configuration.BatchSections);
        _exchange = new GradientExchange(_parameters, _sum, _ranks, exchange);
        _task.TellStages(_exchange.StageDone);
        _averages = [.. Profiles(configuration).Select(profile => new MovingAverage(_parameters.Values, profile))];
        _optimizer = new TrainedOptimizer(
            _parameters, _exchange, _ranks, configuration.Optimizer, exchange.ShardOptimizer,
            then: [.. _averages, _parameters.Publication]);
        var steps = task.Process.Schedule.OriginalSteps;
        _timesteps = configuration.Timesteps == TimestepSampling.LossAware ? new LossAwareTimesteps(steps) : new UniformTimesteps(steps);
    }

    /// <summary>Steps made.</summary>
    public long Step => _optimizer.Steps;

    /// <summary>Samples learned from.</summary>
    public long Samples => Step * _configuration.BatchSize;

    /// <summary>
    /// How noise, timesteps and dropout are made of the seed. Philox by default; a run that began with another continues with it.
    /// </summary>
    public RandomGenerator Generator { get; set; } = RandomGenerator.Philox;

    /// <summary>What this rank computes of every batch.</summary>
    public BatchShare Share { get; }

    /// <summary>Seconds that each rank took for a part of the last batch, by rank; empty before the first step.</summary>
    public IReadOnlyList<double> SecondsPerPart { get; private set; } = [];

    /// <summary>Seconds of the last step that the optimiser and the moving averages took; 0 before the first.</summary>
    public double UpdateSeconds { get; private set; }

    /// <summary>
    /// Seconds of the last step that gradients still travelled after the backward pass, or that other ranks still computed; 0 before the
    /// first.
    /// </summary>
    public double WaitSeconds { get; private set; }

    /// <summary>Names of the parameters.</summary>
    public IReadOnlyList<string> Names => _parameters.Names;

    /// <summary>The parameters, float32.</summary>
    public IReadOnlyList<Tensor> Values => _parameters.Values;

    /// <summary>The first moving average of the parameters: the trained model.</summary>
    public IReadOnlyList<Tensor> Average => _averages[0].Averages;

    /// <summary>
    /// The power-function averages, by the names of <see cref="TrainingConfiguration.AverageWidths"/> and the parameters.
    /// </summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> PowerAverages() =>
        _averages.Skip(_configuration.EmaRates.Count).SelectMany(average =>
            Names.Zip(average.Averages, (name, tensor) => KeyValuePair.Create($"{average.Profile.Name}.{name}", tensor)));

    /// <summary>
    /// How the learning rate rises after a cool-down that the run continued from, the same on every rank; null where it does not.
    /// </summary>
    internal RateRise? Rise { get; set; }

    /// <summary>Makes a step.</summary>
    /// <param name="nextClips">
    /// Gives the next <see cref="TrainingConfiguration.MicroBatch"/> clips of the data's order, in a tensor of the caller's scope.
    /// </param>
    /// <exception cref="MmDiffusionException">The loss is no longer a number.</exception>
    public StepReport MakeStep(Func<ClipBatch> nextClips)
    {
        using var scope = NewDisposeScope();
        var began = Stopwatch.GetTimestamp();
        var own = new List<PartLoss>();
        _sum.Clear();
        var end = (Share.First + Share.Count) / _configuration.MicroBatch;
        for (var part = Share.First / _configuration.MicroBatch; part < end; part++)
        {
            _exchange.Begin(isLastPart: part == end - 1);
            own.Add(Accumulate(nextClips(), Samples + (long)part * _configuration.MicroBatch));
            if (part == end - 1) continue;
            _parameters.CollectGradients();
            _sum.Added(part);
        }
        var computed = new RankStep(Stopwatch.GetElapsedTime(began).TotalSeconds, own);
        WaitSeconds = _exchange.Finish();
        var steps = _ranks.GatherJson(computed);
        SecondsPerPart = [.. steps.Select(step => step.Seconds / step.Parts.Count)];
        var parts = steps.SelectMany(step => step.Parts).ToList();
        var norm = _optimizer.GradientNorm();
        // Of a loss that is not finite no gradient is.
        if (!double.IsFinite(norm))
            throw new MmDiffusionException(
                $"the loss of step {Step + 1} is not finite; resume with a lower learning_rate, or with gradient_clip");
        var updating = Stopwatch.GetTimestamp();
        var rate = _configuration.LearningRateAt(Step + 1, Rise);
        _averages.ForEach(average => average.Begin(Step + 1));
        _optimizer.Step(rate, gradientScale: _configuration.GradientClip is { } most && norm > most ? most / norm : 1);
        UpdateSeconds = Stopwatch.GetElapsedTime(updating).TotalSeconds;
        foreach (var part in parts) _timesteps.Observe(tensor(part.Timesteps), tensor(part.Losses));
        if (Step % StepsBetweenTrims == 0 || _parameters.FlatGradient.numel() >= ManyParameters) TorchRuntime.TrimMemory();
        return new StepReport(
            Step,
            parts.Average(part => part.Loss),
            parts.Average(part => part.Video),
            _task.Model.Kind == ModelKind.Joint ? parts.Average(part => part.Audio) : null,
            norm,
            rate);
    }

    /// <summary>
    /// Everything that the next steps depend on, by name, for a checkpoint. Each tensor is valid until the next is asked for. Where the
    /// optimiser is sharded, all ranks have to go through it.
    /// </summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State() => Named(_optimizer.MomentsOf);

    /// <summary>What <see cref="State"/> holds, which every rank may ask for alone.</summary>
    public IEnumerable<WeightEntry> StateEntries() =>
        Named(_ => _parameters.Values).Select(entry => new WeightEntry(entry.Key, entry.Value.dtype, entry.Value.shape));

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
        foreach (var (name, target) in Named(_optimizer.MomentsToRestore))
        {
            if (!found.TryGetValue(name, out var entry) || !entry.Shape.SequenceEqual(target.shape))
                throw new MmDiffusionException(
                    $"the checkpoint's state does not fit: '{name}' is missing or of another shape; resume "
                    + "with the configuration it was made with");
            using var scope = NewDisposeScope();
            target.copy_(state.Load(name));
        }
        try
        {
            GoOn(step, timestepLosses);
        }
        catch (ArgumentException exception)
        {
            throw new MmDiffusionException($"the checkpoint's state does not fit: {exception.Message}", exception);
        }
    }

    /// <summary>Gives every rank what the first has: weights, the optimiser's state, averages, and the step.</summary>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    public void ShareState()
    {
        if (_ranks.Size == 1) return;
        foreach (var tensor in _parameters.Values.Concat(_averages.SelectMany(average => average.Averages)))
            _ranks.Broadcast(tensor, root: 0);
        _optimizer.Share();
        var first = _ranks.GatherJson(new Place(Step, Generator, TimestepLosses()))[0];
        Generator = first.Generator;
        GoOn(first.Step, first.TimestepLosses);
    }

    /// <summary>Checks that the weights are the same on every rank.</summary>
    /// <exception cref="MmDiffusionException">They are not.</exception>
    public void RequireSameWeights()
    {
        if (_ranks.Size == 1) return;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var scope = NewDisposeScope();
        foreach (var value in _parameters.Values) TensorMemory.InParts(value.detach().cpu(), bytes => hash.AppendData(bytes));
        _ranks.RequireSame(
            [("weights", Convert.ToHexString(hash.GetHashAndReset()))],
            "its memory or processor is not to be trusted, or another kind; leave its machine out");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _averages.ForEach(average => average.Dispose());
        _optimizer.Dispose();
        _exchange.Dispose();
        _sum.Dispose();
        _parameters.Dispose();
    }

    private IEnumerable<KeyValuePair<string, Tensor>> Named(Func<int, IReadOnlyList<Tensor>> moments)
    {
        var sections = new List<(string Name, Func<IReadOnlyList<Tensor>> Tensors)> { ("weights", () => _parameters.Values) };
        sections.AddRange(TrainedOptimizer.Moments.Select((name, which) => (name, (Func<IReadOnlyList<Tensor>>)(() => moments(which)))));
        sections.AddRange(_averages.Select(average =>
            ($"average_{average.Profile.Name}", (Func<IReadOnlyList<Tensor>>)(() => average.Averages))));
        return sections.SelectMany(section =>
            _parameters.Names.Zip(section.Tensors(), (name, tensor) => KeyValuePair.Create($"{section.Name}.{name}", tensor)));
    }

    private static IEnumerable<AverageProfile> Profiles(TrainingConfiguration configuration) =>
        [.. configuration.EmaRates.Select(AverageProfile.Exponential), .. configuration.AverageWidths.Select(AverageProfile.PowerFunction)];

    private void GoOn(long step, IReadOnlyList<IReadOnlyList<double>>? timestepLosses)
    {
        _optimizer.Steps = step;
        if (_timesteps is LossAwareTimesteps aware && timestepLosses is not null) aware.Restore(timestepLosses);
        _parameters.Publish();
    }

    private PartLoss Accumulate(ClipBatch batch, long first)
    {
        using var scope = NewDisposeScope();
        var clips = batch.Clips;
        using var random = new BatchRandom(TrainingSample.SeedsOf(_seed, first, (int)clips.BatchSize, "sample"), Generator);
        _task.Drop(TrainingSample.SeedsOf(_seed, first, (int)clips.BatchSize, "dropout"), Generator);
        var draw = _timesteps.Draw(clips.BatchSize, random);
        var terms = _task.Loss(batch with { Clips = clips.Map(part => part.to(_device)) }, draw.Timesteps.to(_device), random);
        var loss = (terms.Loss * draw.Weights.to(_device)).sum().DividedBy(_configuration.BatchSize);
        loss.backward();
        var errors = terms.MeanSquaredError;
        return new PartLoss(
            draw.Timesteps.data<long>().ToArray(),
            terms.Loss.detach().cpu().data<float>().ToArray(),
            loss.item<float>() * _configuration.BatchSize / clips.BatchSize,
            errors.Video.mean().item<float>(),
            errors.HasAudio ? errors.Audio.mean().item<float>() : 0);
    }

    private sealed record Place(long Step, RandomGenerator Generator, IReadOnlyList<IReadOnlyList<double>>? TimestepLosses);
}

/// <summary>What a training step did.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="Loss">Mean loss of the batch, as weighted for training.</param>
/// <param name="VideoLoss">Mean squared error of the frames' prediction.</param>
/// <param name="AudioLoss">Mean squared error of the sound's prediction; null where there is no sound.</param>
/// <param name="GradientNorm">Length of the gradient before it was cut.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
public sealed record StepReport(long Step, double Loss, double VideoLoss, double? AudioLoss, double GradientNorm, double LearningRate);

/// <summary>Losses of one part of a batch.</summary>
/// <param name="Timesteps">Of each sample.</param>
/// <param name="Losses">Of each sample, before weighting.</param>
/// <param name="Loss">Their mean, as weighted for training.</param>
/// <param name="Video">Mean squared error of the frames' prediction.</param>
/// <param name="Audio">The same of the sound's; 0 where there is none.</param>
internal sealed record PartLoss(long[] Timesteps, float[] Losses, double Loss, double Video, double Audio);

/// <summary>What a rank tells the others after its share of a step.</summary>
/// <param name="Seconds">How long it computed.</param>
/// <param name="Parts">Losses of its parts, in their order.</param>
internal sealed record RankStep(double Seconds, IReadOnlyList<PartLoss> Parts);

/// <summary>
/// The randomness of a training run. Everything that happens to sample n depends on the run's seed and n alone: not on how a batch is
/// split, nor on what came before, so that a resumed run needs no random state to continue as it would have.
/// </summary>
internal static class TrainingSample
{
    /// <summary>Seeds of samples <paramref name="first"/> … first + count - 1 for one use.</summary>
    internal static IReadOnlyList<ulong> SeedsOf(ulong runSeed, long first, int count, string use) =>
        [.. Enumerable.Range(0, count).Select(i => Seeds.Derive(runSeed, $"{use} {first + i}"))];
}
