using MmDiffusion.Checkpoints;
using MmDiffusion.Collectives;
using MmDiffusion.Data;
using MmDiffusion.Primitives;

namespace MmDiffusion.Training;

/// <summary>A whole training in a folder: steps, checkpoints, logs and reviews, from the start or from where it was interrupted.</summary>
/// <param name="configuration">What is trained, and how.</param>
/// <param name="folder">Where everything is kept.</param>
/// <param name="options">How often to save and to look.</param>
/// <param name="collective">Who else trains, each with a share of every batch; the first rank alone writes. Null for nobody.</param>
public sealed class TrainingRun(TrainingConfiguration configuration, TrainingFolder folder, TrainingRunOptions options, ICollective? collective = null)
{
    private readonly ICollective _ranks = collective ?? new SingleProcess();

    /// <summary>Trains until all steps are made.</summary>
    /// <param name="data">Clips to train on.</param>
    /// <param name="heldOut">Clips to measure on; null for none.</param>
    /// <param name="observer">Told of every step, on every rank.</param>
    /// <param name="cancellation">Looked at after every step, on every rank; a checkpoint is written before the run ends.</param>
    /// <exception cref="MmDiffusionException">
    /// Settings or clips do not fit, the folder holds another run, the disk is full, or the loss is no longer a number.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and can be resumed.</exception>
    public void Run(IClipSource data, IClipSource? heldOut = null, Action<TrainingProgress>? observer = null, CancellationToken cancellation = default)
    {
        configuration.Validate();
        options.Validate();
        using var task = TrainingTask.Create(configuration);
        RequireShape(data, task.Shape, "the clips to train on");
        if (heldOut is not null) RequireShape(heldOut, task.Shape, "the clips held out");
        RequireSameRun(data);
        using var trainer = _ranks.Together(() => Start(task, data));
        trainer.ShareState();
        var order = new ClipOrder(data.Count, options.Seed, configuration.FlipProbability);
        using var loader = new ClipLoader(data, order, trainer.Samples, configuration.MicroBatch, options.ReadingThreads, trainer.Share);
        Train(trainer, loader, Writes ? new TrainingLogs(folder, trainer.Step) : null, new TrainingReview(folder, options, data, heldOut, trainer.Generator), data, observer, cancellation);
    }

    // One rank keeps the folder, which the others need not even see.
    private bool Writes => _ranks.Rank == 0;

    private Trainer Start(TrainingTask task, IClipSource data)
    {
        if (Writes && !options.Resume && folder.Checkpoints().Count > 0)
            throw new MmDiffusionException($"'{folder.Path}' holds a run already, at step {folder.Checkpoints()[0]}; resume it, or train into another folder");
        StartWeights(task);
        var trainer = new Trainer(task, configuration, options.Seed, options.Device, _ranks, options.Exchange);
        if (Writes) folder.Restore(trainer, State(trainer, data));
        return trainer;
    }

    private void RequireSameRun(IClipSource data) => _ranks.RequireSame(
        [
            ("configuration", configuration.ToJson()), ("clips", data.Digest), ("seed", $"{options.Seed}"), ("wire", $"{options.Exchange.Wire}"), ("shard_optimizer", $"{options.Exchange.ShardOptimizer}"), ("checkpoint_every", $"{options.CheckpointEvery}"),
            ("review_every", $"{options.ReviewEvery}"),
        ], "start every rank with the same program, command line and files");

    private void Train(
        Trainer trainer, ClipLoader loader, TrainingLogs? logs, TrainingReview review, IClipSource data, Action<TrainingProgress>? observer, CancellationToken cancellation)
    {
        ReviewReport? last = null;
        var saved = trainer.Step;
        var pace = new RankPace(_ranks);
        while (trainer.Step < configuration.Steps && !_ranks.Any(cancellation.IsCancellationRequested))
        {
            var report = trainer.MakeStep(loader.Next);
            pace.Add(trainer.SecondsPerPart);
            if (IsDue(report.Step, options.LogEvery)) logs?.Add(report);
            observer?.Invoke(new TrainingProgress(report, configuration.Steps, last, IsDue(report.Step, options.LogEvery) ? pace.TakeNotice() : null));
            if (IsDue(report.Step, options.CheckpointEvery)) Save();
            if (!IsDue(report.Step, options.ReviewEvery)) continue;
            Review();
            observer?.Invoke(new TrainingProgress(report, configuration.Steps, last));
        }
        if (saved != trainer.Step) Save();
        if (trainer.Step < configuration.Steps) throw new OperationCanceledException(cancellation);
        cancellation.ThrowIfCancellationRequested();

        void Save()
        {
            saved = trainer.Step;
            trainer.RequireSameWeights();
            if (!Writes)
            {
                // What is sharded is gathered while the first rank writes it.
                if (options.Exchange.ShardOptimizer) foreach (var _ in trainer.State()) { }
                return;
            }
            folder.Save(trainer, State(trainer, data));
            folder.SaveModel(trainer, configuration.Model);
        }

        void Review()
        {
            if (saved != trainer.Step) Save();
            if (!Writes) return;
            try
            {
                logs!.Add(last = review.Review(folder.SaveModel(trainer, configuration.Model), trainer.Step, cancellation));
            }
            catch (OperationCanceledException)
            {
                // The loop ends with a checkpoint.
            }
        }

        bool IsDue(long step, long every) => step == configuration.Steps || (every > 0 && step % every == 0);
    }

    private void StartWeights(TrainingTask task)
    {
        if (options.From is { } path)
        {
            using var weights = WeightFile.Open(path);
            StateDict.LoadInto(task.Network, weights, path);
        }
        else
        {
            task.Initialize(new PhiloxRandom(Seeds.Derive(options.Seed, "weights")));
        }
    }

    private TrainingState State(Trainer trainer, IClipSource data) => new()
    {
        Step = trainer.Step,
        Seed = options.Seed,
        Generator = trainer.Generator,
        Data = data.Digest,
        Configuration = configuration,
        TimestepLosses = trainer.TimestepLosses(),
    };

    private static void RequireShape(IClipSource source, ClipShape expected, string what)
    {
        if (source.Shape != expected) throw new MmDiffusionException($"{what} are of {Describe(source.Shape)}, but the model makes clips of {Describe(expected)}");
    }

    private static string Describe(ClipShape shape) => FormattableString.Invariant(
        $"{shape.Frames} frames of {shape.Width}x{shape.Height} at {shape.FrameRate} fps with {shape.AudioLength} samples at {shape.SampleRate} Hz");
}
