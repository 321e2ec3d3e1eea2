using MmDiffusion.Checkpoints;
using MmDiffusion.Data;
using MmDiffusion.Primitives;

namespace MmDiffusion.Training;

/// <summary>A whole training in a folder: steps, checkpoints, logs and reviews, from the start or from where it was interrupted.</summary>
/// <param name="configuration">What is trained, and how.</param>
/// <param name="folder">Where everything is kept.</param>
/// <param name="options">How often to save and to look.</param>
public sealed class TrainingRun(TrainingConfiguration configuration, TrainingFolder folder, TrainingRunOptions options)
{
    /// <summary>Trains until all steps are made.</summary>
    /// <param name="data">Clips to train on.</param>
    /// <param name="heldOut">Clips to measure on; null for none.</param>
    /// <param name="observer">Told of every step.</param>
    /// <param name="cancellation">Looked at after every step; a checkpoint is written before the run ends.</param>
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
        if (!options.Resume && folder.Checkpoints().Count > 0)
            throw new MmDiffusionException($"'{folder.Path}' holds a run already, at step {folder.Checkpoints()[0]}; resume it, or train into another folder");
        StartWeights(task);
        using var trainer = new Trainer(task, configuration, options.Seed, options.Device);
        folder.Restore(trainer, State(trainer, data));
        var order = new ClipOrder(data.Count, options.Seed, configuration.FlipProbability);
        using var loader = new ClipLoader(data, order, trainer.Samples, configuration.MicroBatch, options.ReadingThreads);
        var logs = new TrainingLogs(folder, trainer.Step);
        var review = new TrainingReview(folder, options, data, heldOut);
        Train(trainer, loader, logs, review, data, observer, cancellation);
    }

    private void Train(
        Trainer trainer, ClipLoader loader, TrainingLogs logs, TrainingReview review, IClipSource data, Action<TrainingProgress>? observer, CancellationToken cancellation)
    {
        ReviewReport? last = null;
        var saved = trainer.Step;
        while (trainer.Step < configuration.Steps && !cancellation.IsCancellationRequested)
        {
            var report = trainer.MakeStep(loader.Next);
            if (IsDue(report.Step, options.LogEvery)) logs.Add(report);
            observer?.Invoke(new TrainingProgress(report, configuration.Steps, last));
            if (IsDue(report.Step, options.CheckpointEvery)) Save();
            if (!IsDue(report.Step, options.ReviewEvery)) continue;
            Review();
            observer?.Invoke(new TrainingProgress(report, configuration.Steps, last));
        }
        if (saved != trainer.Step) Save();
        cancellation.ThrowIfCancellationRequested();

        void Save()
        {
            folder.Save(trainer, State(trainer, data));
            folder.SaveModel(trainer, configuration.Model);
            saved = trainer.Step;
        }

        void Review()
        {
            if (saved != trainer.Step) Save();
            try
            {
                logs.Add(last = review.Review(folder.SaveModel(trainer, configuration.Model), trainer.Step, cancellation));
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
            using var random = new SeededRandom(Seeds.Derive(options.Seed, "weights"));
            task.Initialize(random);
        }
    }

    private TrainingState State(Trainer trainer, IClipSource data) => new()
    {
        Step = trainer.Step,
        Seed = options.Seed,
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
