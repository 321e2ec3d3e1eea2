using System.Globalization;
using MmDiffusion.Checkpoints;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// The folder of a training run: <c>checkpoints/step-N</c> to continue from, <c>model</c> to generate with, <c>samples</c>, <c>logs</c> for
/// TensorBoard, <c>averages</c> to make others of after the run, <c>losses.csv</c> and <c>held-out.csv</c>, and <c>history.csv</c> where
/// settings were changed on the way.
/// </summary>
public sealed class TrainingFolder
{
    private const string StateFile = "state.safetensors";
    private const string StateDescription = "state.json";
    private const string StepPrefix = "step-";
    private const string DamagedPrefix = "damaged-";
    private const string LockFile = ".lock";
    private const string HistoryFile = "history.csv";
    private const string SheetFile = "sheet.png";
    private const string AverageEnding = ".safetensors";

    /// <summary>Opens a run's folder.</summary>
    /// <param name="path">Made where it does not exist.</param>
    public TrainingFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The folder of the trained model.</summary>
    public string Model => System.IO.Path.Combine(Path, "model");

    /// <summary>The folder of the event files that TensorBoard shows.</summary>
    public string Logs => System.IO.Path.Combine(Path, "logs");

    /// <summary>A row for every step or so.</summary>
    public string Losses => System.IO.Path.Combine(Path, "losses.csv");

    /// <summary>A row for every measurement on clips held out.</summary>
    public string HeldOut => System.IO.Path.Combine(Path, "held-out.csv");

    /// <summary>The folder of the samples, and of their sheet, at a step.</summary>
    public string Samples(long step) => System.IO.Path.Combine(Path, "samples", Name(step));

    /// <summary>Steps of the checkpoints that are there, newest first. Only what is named exactly as a checkpoint counts.</summary>
    public IReadOnlyList<long> Checkpoints() => !Directory.Exists(CheckpointsFolder)
        ? []
        : [.. Directory.EnumerateDirectories(CheckpointsFolder, StepPrefix + "*")
            .Select(folder => StepOf(System.IO.Path.GetFileName(folder)))
            .OfType<long>()
            .OrderDescending()];

    /// <summary>
    /// Keeps other processes from training here, until it is disposed. A folder that was made for it and stayed empty is removed again.
    /// </summary>
    /// <exception cref="MmDiffusionException">Another trains here, or the folder cannot be written.</exception>
    internal IDisposable Lock() => new HeldFolder(Path);

    /// <summary>
    /// Writes a checkpoint, on the first rank while the others go through <see cref="Trainer.State"/>, then deletes the oldest ones.
    /// </summary>
    /// <param name="trainer">Its tensors.</param>
    /// <param name="state">What else is kept.</param>
    /// <param name="keep">How many of the newest stay, beside the best reviewed.</param>
    /// <returns>A sentence for each old one that could not be deleted.</returns>
    /// <exception cref="MmDiffusionException">It cannot be written; the ones before stay.</exception>
    internal IReadOnlyList<string> Save(Trainer trainer, TrainingState state, int keep)
    {
        AtomicFolder.Write(Checkpoint(state.Step), IsOurs, temporary =>
        {
            var tensors = System.IO.Path.Combine(temporary, StateFile);
            WriteState(tensors, trainer);
            AtomicFile.WriteText(
                System.IO.Path.Combine(temporary, StateDescription),
                (state with { TensorsDigest = WeightFile.Digest(tensors) }).ToJson());
        });
        var checkpoints = Checkpoints();
        var best = BestReviewed(checkpoints);
        return [.. checkpoints.Skip(keep).Where(step => step != best).Select(Delete).OfType<string>()];
    }

    /// <summary>
    /// Gives checkpoints that a killed process had moved aside their names back, and clears away what it had half-written.
    /// </summary>
    /// <exception cref="MmDiffusionException">The folder cannot be read.</exception>
    internal void Recover() => AtomicFolder.Recover(CheckpointsFolder, name => StepOf(name) is not null);

    /// <summary>Goes on from the newest checkpoint that can be read; those that cannot are set aside.</summary>
    /// <param name="trainer">Gets its tensors.</param>
    /// <param name="now">What is asked for now.</param>
    /// <param name="notify">Given sentences that the user should read.</param>
    /// <returns>What the run continues with.</returns>
    /// <exception cref="MmDiffusionException">It belongs to another run, or there are checkpoints and none can be read.</exception>
    internal ResumedSettings Restore(Trainer trainer, TrainingState now, Action<string> notify)
    {
        var damaged = new List<(long Step, string Reason)>();
        foreach (var step in Checkpoints())
        {
            if (TryRead(step, out var reason) is not { } state
                || Compare(state, now, ref reason) is not { } settings
                || !TryRestore(trainer, state, out reason))
            {
                damaged.Add((step, reason));
                continue;
            }
            foreach (var (bad, why) in damaged) notify($"{why}; going back to the checkpoint of step {step}{SetAside(bad)}");
            foreach (var notice in settings.Notices(state, now.Configuration)) notify(notice);
            WriteHistory(settings.History);
            return settings;
        }
        if (damaged.Count == 0) return ResumedSettings.OfNew(now.Configuration);
        throw new MmDiffusionException(
            $"no checkpoint in '{CheckpointsFolder}' can be read: {string.Join("; ", damaged.Select(bad => bad.Reason))}; put back a copy "
            + "of one, or train into another folder");
    }

    /// <summary>Losses of the steps that were logged, in their order.</summary>
    internal IEnumerable<(long Step, double Loss)> LoggedLosses() =>
        CsvLog.Read(Losses)
            .OrderBy(row => row.Key)
            .Where(row => row.Value.GetValueOrDefault("loss") is not null)
            .Select(row => (row.Key, row.Value["loss"]!.Value));

    /// <summary>Whether a review of a step is there, with its sheet if it should have one.</summary>
    internal bool IsReviewed(long step, bool withSheet) =>
        CsvLog.Read(HeldOut).ContainsKey(step) && (!withSheet || File.Exists(System.IO.Path.Combine(Samples(step), SheetFile)));

    /// <summary>Writes the averaged weights as a model that can generate.</summary>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    internal ModelDirectory SaveModel(Trainer trainer, ModelDescription description)
    {
        var weights = trainer.Names.Zip(trainer.Average, KeyValuePair.Create<string, Tensor>);
        var model = new ModelDirectory(Model, description with { Trained = true, Source = $"mmdiff, step {trainer.Step}" });
        model.Save(() => SafetensorsWriter.Write(System.IO.Path.Combine(Model, ModelDirectory.WeightsFile), weights, SafetensorsSeal.On()));
        return model;
    }

    /// <summary>Stores the power-function averages of a step, for averages made after the run.</summary>
    /// <exception cref="MmDiffusionException">They cannot be written.</exception>
    internal void SaveAverages(Trainer trainer)
    {
        Directory.CreateDirectory(AveragesFolder);
        SafetensorsWriter.Write(AveragesOf(trainer.Step), trainer.PowerAverages(), SafetensorsSeal.On());
    }

    /// <summary>Steps of the averages that were stored, oldest first.</summary>
    internal IReadOnlyList<long> StoredAverages() => !Directory.Exists(AveragesFolder)
        ? []
        : [.. Directory.EnumerateFiles(AveragesFolder, StepPrefix + "*" + AverageEnding)
            .Select(file => StepOf(System.IO.Path.GetFileNameWithoutExtension(file)))
            .OfType<long>()
            .Order()];

    /// <summary>The file of the averages that were stored at a step.</summary>
    internal string AveragesOf(long step) => System.IO.Path.Combine(AveragesFolder, Name(step) + AverageEnding);

    /// <summary>Deletes stored averages of steps that the run, gone back to an older checkpoint, makes again.</summary>
    /// <returns>A sentence for each that could not be deleted.</returns>
    internal IReadOnlyList<string> ForgetAverages(long after)
    {
        var stay = new List<string>();
        foreach (var file in StoredAverages().Where(step => step > after).Select(AveragesOf))
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                stay.Add(
                    $"the averages '{file}', of steps that are made again, cannot be deleted: {exception.Message.TrimEnd('.')}; "
                    + "they are written over when their step is made");
            }
        }
        return stay;
    }

    private string AveragesFolder => System.IO.Path.Combine(Path, "averages");

    private string CheckpointsFolder => System.IO.Path.Combine(Path, "checkpoints");

    private string Checkpoint(long step) => System.IO.Path.Combine(CheckpointsFolder, Name(step));

    private static string Name(long step) => StepPrefix + step.ToString("D8", CultureInfo.InvariantCulture);

    // What people and programs put beside checkpoints, such as a copy named step-00001000.bak, is none.
    private static long? StepOf(string name) =>
        name.StartsWith(StepPrefix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(StepPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            && Name(step) == name ? step : null;

    private static bool IsOurs(string name) => name is StateFile or StateDescription;

    private static void WriteState(string path, Trainer trainer)
    {
        using var state = trainer.State().GetEnumerator();
        SafetensorsWriter.Write(path, trainer.StateEntries(), name => state.MoveNext() && state.Current.Key == name
            ? state.Current.Value.alias()
            : throw new InvalidOperationException($"the state has no '{name}' where its list does"));
    }

    /// <summary>
    /// The checkpoint whose review found the lowest loss, on clips held out where there were any; null where none was reviewed.
    /// </summary>
    private long? BestReviewed(IReadOnlyList<long> checkpoints)
    {
        var reviews = CsvLog.Read(HeldOut);
        var reviewed = checkpoints.Select(step =>
            (Step: step, Loss: reviews.GetValueOrDefault(step) is { } row
                ? row.GetValueOrDefault("unseen") ?? row.GetValueOrDefault("seen")
                : null));
        return reviewed.Where(entry => entry.Loss is { } loss && double.IsFinite(loss))
            .OrderBy(entry => entry.Loss)
            .Select(entry => (long?)entry.Step)
            .FirstOrDefault();
    }

    /// <summary>Deletes an old checkpoint; returns why it could not, in which case the training continues all the same.</summary>
    private string? Delete(long step)
    {
        var folder = Checkpoint(step);
        try
        {
            if (Directory.EnumerateFileSystemEntries(folder)
                .Select(System.IO.Path.GetFileName)
                .FirstOrDefault(name => !IsOurs(name!)) is { } foreign)
                return $"the old checkpoint '{folder}' stays, since it holds '{foreign}', which is none of ours";
            Directory.Delete(folder, recursive: true);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"the old checkpoint '{folder}' cannot be deleted: {exception.Message.TrimEnd('.')}; the training continues";
        }
    }

    private TrainingState? TryRead(long step, out string reason)
    {
        try
        {
            var state = TrainingState.Read(System.IO.Path.Combine(Checkpoint(step), StateDescription));
            var tensors = System.IO.Path.Combine(Checkpoint(step), StateFile);
            reason = state.Step != step ? $"'{Checkpoint(step)}' says that it is of step {state.Step}"
                : state.TensorsDigest is { } expected && WeightFile.Digest(tensors) is var digest && digest != expected
                    ? $"'{tensors}' is damaged: its SHA-256 is {digest}, expected {expected}"
                : "";
            return reason.Length == 0 ? state : null;
        }
        catch (MmDiffusionException exception)
        {
            reason = exception.Message;
            return null;
        }
    }

    /// <summary>Compares a state with what is asked for; null where it is another run only because its description was damaged.</summary>
    /// <exception cref="MmDiffusionException">It is another run.</exception>
    private ResumedSettings? Compare(TrainingState state, TrainingState now, ref string reason)
    {
        if (!state.IsChanged) return ResumedSettings.Of(state, now);
        reason = $"'{System.IO.Path.Combine(Checkpoint(state.Step), StateDescription)}' is damaged: its SHA-256 "
            + "is not the one that it was written with";
        // Nothing else would notice that one of these is another number.
        if (state.TimestepLosses is not null || state.Rise is not null) return null;
        try
        {
            return ResumedSettings.Of(state, now);
        }
        catch (MmDiffusionException)
        {
            return null;
        }
    }

    private bool TryRestore(Trainer trainer, TrainingState state, out string reason)
    {
        try
        {
            using var tensors = WeightFile.Open(System.IO.Path.Combine(Checkpoint(state.Step), StateFile));
            trainer.Restore(tensors, state.Step, state.TimestepLosses);
            trainer.Generator = state.Generator ?? RandomGenerator.MersenneTwister;
            reason = "";
            return true;
        }
        catch (MmDiffusionException exception)
        {
            reason = $"'{Checkpoint(state.Step)}': {exception.Message}";
            return false;
        }
    }

    /// <summary>Keeps a damaged checkpoint out of the way of the one that will take its name.</summary>
    private string SetAside(long step)
    {
        var aside = System.IO.Path.Combine(CheckpointsFolder, DamagedPrefix + Name(step));
        for (var number = 2; Directory.Exists(aside); number++)
            aside = System.IO.Path.Combine(CheckpointsFolder, $"{DamagedPrefix}{Name(step)}-{number}");
        try
        {
            Directory.Move(Checkpoint(step), aside);
            return $"; the damaged one is kept as '{aside}'";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"; the damaged one cannot be moved: {exception.Message.TrimEnd('.')}";
        }
    }

    private void WriteHistory(IReadOnlyList<SettingChange> history)
    {
        if (history.Count == 0) return;
        var rows = history.Select(change =>
            string.Create(CultureInfo.InvariantCulture, $"{change.Step},{change.Setting},{change.From},{change.To}\n"));
        AtomicFile.WriteText(System.IO.Path.Combine(Path, HistoryFile), string.Concat(rows.Prepend("after_step,setting,from,to\n")));
    }

    private sealed class HeldFolder : IDisposable
    {
        private readonly string _path;
        private readonly bool _isNew;
        private readonly FileLock _lock;

        internal HeldFolder(string path)
        {
            (_path, _isNew) = (path, !Directory.Exists(path));
            AtomicFolder.RequireWritable(path);
            _lock = FileLock.TryTake(System.IO.Path.Combine(path, LockFile))
                ?? throw new MmDiffusionException(
                    $"another training is running in '{path}'; wait until it ends, or train into another folder");
        }

        public void Dispose()
        {
            _lock.Dispose();
            try
            {
                if (_isNew && !Directory.EnumerateFileSystemEntries(_path).Any()) Directory.Delete(_path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // An empty folder stays.
            }
        }
    }
}
