using System.Globalization;
using MmDiffusion.Checkpoints;
using MmDiffusion.Collectives;
using MmDiffusion.Data;
using MmDiffusion.Generation;
using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using TorchSharp;

namespace MmDiffusion.Training;

/// <summary>A whole training in a folder: steps, checkpoints, logs and reviews, from the start or from where it was interrupted.</summary>
/// <param name="configuration">What is trained, and how.</param>
/// <param name="folder">Where everything is kept.</param>
/// <param name="options">How often to save and to look.</param>
/// <param name="collective">Who else trains, each with a share of every batch; the first rank alone writes. Null for nobody.</param>
public sealed class TrainingRun(
    TrainingConfiguration configuration,
    TrainingFolder folder,
    TrainingRunOptions options,
    ICollective? collective = null)
{
    private readonly ICollective _ranks = collective ?? new SingleProcess();
    private readonly HashSet<string> _told = [];
    private ResumedSettings _settings = ResumedSettings.OfNew(configuration);

    /// <summary>Given sentences that the user should read, on the first rank; null for nobody.</summary>
    public Action<string>? OnNotice { get; init; }

    /// <summary>Given what each review found, on the first rank; null for nobody.</summary>
    public Action<ReviewReport>? OnReview { get; init; }

    /// <summary>
    /// Trains until all steps are made. A review that fails, or an old checkpoint that cannot be deleted, is a notice; the training
    /// continues.
    /// </summary>
    /// <param name="data">Clips to train on.</param>
    /// <param name="heldOut">Clips to measure on; null for none.</param>
    /// <param name="observer">Told of every step, and again when it was reviewed, on every rank.</param>
    /// <param name="cancellation">
    /// Looked at after every step, on every rank; a checkpoint is written before the run ends. After the last step it only cuts the review
    /// short.
    /// </param>
    /// <exception cref="MmDiffusionException">
    /// Settings or clips do not fit, the folder holds another run or another training is running in it, the disk is full, or the loss is
    /// NaN or infinite.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled before its last step, and can be resumed.</exception>
    public void Run(
        IClipSource data,
        IClipSource? heldOut = null,
        Action<TrainingProgress>? observer = null,
        CancellationToken cancellation = default)
    {
        configuration.Validate();
        options.Validate();
        // Samples for reviews are films; a week's training is not worth that it fails at the first.
        if (Writes && options.SheetClips > 0 && configuration.Model.Kind == ModelKind.Joint) Ffmpeg.Require();
        if (options.Device is null or { type: DeviceType.CPU } && _ranks.Together(WarnOfMemory) is { } memory) Notify(memory);
        using var task = TrainingTask.Create(configuration);
        RequireShape(data, task.Shape, "the clips to train on");
        if (heldOut is not null) RequireShape(heldOut, task.Shape, "the clips held out");
        RequireSameRun(data);
        if (_ranks.ThreadNotice() is { } threads) Notify(threads);
        using var held = _ranks.Together(() => Writes ? folder.Lock() : null);
        var resumes = _ranks.Any(_ranks.Together(() => Writes && Resumes()));
        using var trainer = _ranks.Together(() => Start(task, data, resumes));
        trainer.ShareState();
        ShareSettings(trainer);
        var order = new ClipOrder(data.Count, options.Seed, _settings.FlipProbability);
        using var loader = new ClipLoader(data, order, trainer.Samples, configuration.MicroBatch, options.ReadingThreads, trainer.Share);
        Train(trainer, loader, new TrainingReview(folder, options, data, heldOut, trainer.Generator), data, observer, cancellation);
    }

    // One rank keeps the folder, which the others need not even see.
    private bool Writes => _ranks.Rank == 0;

    private string? WarnOfMemory() => TrainingMemory
        .Of(configuration, options.Exchange.ShardOptimizer ? _ranks.Size : 1)
        .Check(MachineMemory.Total, MachineMemory.Attainable);

    /// <summary>Whether the folder holds a run to continue.</summary>
    /// <exception cref="MmDiffusionException">It holds one that is not to be continued.</exception>
    private bool Resumes()
    {
        folder.Recover();
        if (folder.Checkpoints() is not [var newest, ..]) return false;
        return options.Resume
            ? true
            : throw new MmDiffusionException(
                $"'{folder.Path}' holds a run already, at step {newest}; resume it, or train into another folder");
    }

    private Trainer Start(TrainingTask task, IClipSource data, bool resumes)
    {
        var aboutWeights = StartWeights(task, resumes);
        var trainer = new Trainer(task, configuration, options.Seed, options.Device, _ranks, options.Exchange);
        if (!Writes) return trainer;
        try
        {
            _settings = folder.Restore(trainer, State(trainer, data) with { Configuration = configuration }, sentence => Notify(sentence));
        }
        catch
        {
            trainer.Dispose();
            throw;
        }
        if (trainer.Step == 0) aboutWeights.ForEach(sentence => Notify(sentence));
        if (trainer.Step > 0 && options.From is { } weights)
            Notify(
                $"the weights of '{weights}' are not used: the run continues with its own, from step {trainer.Step}; to "
                + "start with them, train into another folder");
        return trainer;
    }

    private void ShareSettings(Trainer trainer)
    {
        if (_ranks.Size > 1) _settings = _ranks.GatherJson(_settings)[0];
        trainer.Rise = _settings.Rise;
    }

    private void RequireSameRun(IClipSource data) => _ranks.RequireSame(
        [
            ("configuration", configuration.ToJson()),
            ("clips", data.Digest),
            ("seed", $"{options.Seed}"),
            ("wire", $"{options.Exchange.Wire}"),
            ("shard_optimizer", $"{options.Exchange.ShardOptimizer}"),
            ("checkpoint_every", $"{options.CheckpointEvery}"),
            ("review_every", $"{options.ReviewEvery}"),
        ], "start every rank with the same program, command line and files");

    private void Train(
        Trainer trainer,
        ClipLoader loader,
        TrainingReview review,
        IClipSource data,
        Action<TrainingProgress>? observer,
        CancellationToken cancellation)
    {
        ReviewReport? last = null;
        var saved = trainer.Step;
        var pace = new RankPace(_ranks);
        var watch = new LossWatch();
        // The process before may have ended between a step and its review, or between a checkpoint and its model.
        var owesReview = Writes
            && saved > 0
            && IsDue(saved, options.ReviewEvery)
            && !folder.IsReviewed(saved, withSheet: options.SheetClips > 0);
        var logs = Writes ? new TrainingLogs(folder, saved, lastReview: owesReview ? saved - 1 : saved) : null;
        if (Writes && saved > 0)
        {
            foreach (var (step, row) in folder.LoggedLosses()) watch.Recall(step, row);
            folder.SaveModel(trainer, configuration.Model);
            foreach (var stays in folder.ForgetAverages(after: saved)) Notify(stays);
            if (owesReview) Review();
        }
        while (trainer.Step < configuration.Steps && !_ranks.Any(cancellation.IsCancellationRequested))
        {
            var report = trainer.MakeStep(loader.Next);
            pace.Add(trainer.SecondsPerPart);
            if (IsDue(report.Step, options.LogEvery)) Try("the logs", () => logs?.Add(report));
            observer?.Invoke(new TrainingProgress(
                report,
                configuration.Steps,
                last,
                IsDue(report.Step, options.LogEvery) ? pace.TakeNotice() : null));
            if (watch.Add(report.Step, report.Loss) is { } warning) Notify(warning);
            if (Writes && configuration.AverageWidths.Count > 0 && IsDue(report.Step, configuration.AverageEvery))
                Try("storing the averages", () => folder.SaveAverages(trainer));
            if (IsDue(report.Step, options.CheckpointEvery)) Save();
            if (!IsDue(report.Step, options.ReviewEvery)) continue;
            Review();
            observer?.Invoke(new TrainingProgress(report, configuration.Steps, last));
        }
        if (saved != trainer.Step) Save();
        NotifyOfAverage(trainer.Step);
        if (trainer.Step < configuration.Steps) throw new OperationCanceledException(cancellation);

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
            foreach (var stays in folder.Save(trainer, State(trainer, data), options.Keep)) Notify(stays);
            folder.SaveModel(trainer, configuration.Model);
        }

        void Review()
        {
            if (saved != trainer.Step) Save();
            if (!Writes) return;
            NotifyOfAverage(trainer.Step);
            var measured = false;
            Try("the review", () =>
            {
                var model = ModelDirectory.Open(folder.Model);
                var found = review.Measure(model, trainer.Step, cancellation);
                (last, measured) = (found, true);
                logs!.Add(found);
                last = found with { Sheet = review.DrawSheet(model, trainer.Step, cancellation) };
            });
            if (measured) OnReview?.Invoke(last!);
        }

        void Try(string what, Action work)
        {
            try
            {
                work();
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                if (trainer.Step == configuration.Steps)
                    Notify($"{what} of step {trainer.Step} was cut short; all steps are made, and resuming the run makes it again");
            }
#pragma warning disable CA1031 // Whatever fails in looking at a training, the training is worth more.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                var why = Sentence(exception);
                var end = trainer.Step < configuration.Steps ? "the training continues" : "the model is there all the same";
                Notify($"{what} of step {trainer.Step} failed: {why}; {end}", once: $"{what} {why}");
            }
        }

        bool IsDue(long step, long every) => step == configuration.Steps || (every > 0 && step % every == 0);
    }

    private static string Sentence(Exception exception) =>
        (exception is MmDiffusionException ? "" : exception.GetType().Name + ": ") + exception.Message.ReplaceLineEndings(" ").TrimEnd('.');

    // Each only once, though a failure that lasts comes with every checkpoint.
    private void Notify(string sentence, string? once = null)
    {
        if (Writes && _told.Add(once ?? sentence)) OnNotice?.Invoke(sentence);
    }

    /// <summary>Says so while the trained model is to a good part what training started with.</summary>
    private void NotifyOfAverage(long step)
    {
        const double much = 0.1;
        var (rate, share) = (configuration.EmaRates[0], Math.Pow(configuration.EmaRates[0], step));
        if (step == 0 || share < much) return;
        Notify(string.Create(CultureInfo.InvariantCulture,
            $"the model of step {step} is still {100 * share:0}% the weights that training started with, since its moving average keeps "
            + $"{rate} of them at each step; make more steps, or train with a lower first rate in ema_rates"));
    }

    /// <returns>What the user should know of the weights: which of several they are, and in what they were trained otherwise.</returns>
    private List<string> StartWeights(TrainingTask task, bool resumes)
    {
        var notices = new List<string>();
        // A run that continues has its own, and a file that it began with may be gone.
        if (options.From is not { } from || resumes)
        {
            task.Initialize(new PhiloxRandom(Seeds.Derive(options.Seed, "weights")));
            return notices;
        }
        var path = CheckpointDescriptions.WeightsOf(from);
        using var weights = WeightFile.Open(path, options.FromSection);
        var taken = StateDict.LoadInto(task.Network, weights, path, added: CoupledUNet.LabelWeight);
        foreach (var (name, values) in task.Network.state_dict()) FiniteValues.RequireWeights(values, name, path);
        if (StateDict.Choice(taken, path) is { } choice) notices.Add(choice);
        if (DescriptionBeside.Differences(path, weights, configuration.Model) is var (file, settings))
        {
            notices.Add(
                $"the weights of '{path}' were trained otherwise than this run trains, by '{file}' beside them: "
                + $"{string.Join("; ", settings)}; "
                    + "unless that is meant, train with their settings");
        }
        return notices;
    }

    private TrainingState State(Trainer trainer, IClipSource data) => new()
    {
        Step = trainer.Step,
        Seed = options.Seed,
        Generator = trainer.Generator,
        Threads = TorchRuntime.Threads,
        Data = data.Digest,
        Configuration = configuration with { FlipProbability = _settings.FlipProbability },
        CheckpointEvery = options.CheckpointEvery,
        ReviewEvery = options.ReviewEvery,
        Rise = _settings.Rise,
        History = _settings.History.Count == 0 ? null : _settings.History,
        TimestepLosses = trainer.TimestepLosses(),
    };

    private static void RequireShape(IClipSource source, ClipShape expected, string what)
    {
        if (source.Shape != expected)
            throw new MmDiffusionException($"{what} are of {Describe(source.Shape)}, but the model makes clips of {Describe(expected)}");
    }

    private static string Describe(ClipShape shape) => string.Create(CultureInfo.InvariantCulture,
        $"{shape.Frames} frames of {shape.Width}x{shape.Height} at {shape.FrameRate} fps with "
        + $"{shape.AudioLength} samples at {shape.SampleRate} Hz");
}

/// <summary>Where a run is.</summary>
/// <param name="Report">The step just made.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Review">The last look at the run; null before the first.</param>
/// <param name="Notice">A sentence about the ranks that the user should read; null where there is none.</param>
public sealed record TrainingProgress(StepReport Report, long Steps, ReviewReport? Review, string? Notice = null);
