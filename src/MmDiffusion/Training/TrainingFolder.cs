using System.Globalization;
using MmDiffusion.Checkpoints;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// The folder of a training run: <c>checkpoints/step-N</c> to go on from, <c>model</c> to generate with, <c>samples</c>, <c>logs</c> for
/// TensorBoard, <c>losses.csv</c> and <c>held-out.csv</c>.
/// </summary>
public sealed class TrainingFolder
{
    private const string StateFile = "state.safetensors";
    private const string StateDescription = "state.json";
    private const string StepPrefix = "step-";

    // The previous checkpoint stays, should the disk fail the last.
    private const int CheckpointsKept = 2;

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

    /// <summary>Steps of the checkpoints that are there, newest first.</summary>
    public IReadOnlyList<long> Checkpoints() => !Directory.Exists(CheckpointsFolder)
        ? []
        : [.. Directory.EnumerateDirectories(CheckpointsFolder, StepPrefix + "*").Select(folder => long.Parse(System.IO.Path.GetFileName(folder)[StepPrefix.Length..], CultureInfo.InvariantCulture)).OrderDescending()];

    /// <summary>Writes a checkpoint, on the first rank while the others go through <see cref="Trainer.State"/>, then deletes the oldest ones.</summary>
    /// <exception cref="MmDiffusionException">It cannot be written; the ones before stay.</exception>
    internal void Save(Trainer trainer, TrainingState state)
    {
        AtomicFolder.Write(Checkpoint(state.Step), name => name is StateFile or StateDescription, temporary =>
        {
            WriteState(System.IO.Path.Combine(temporary, StateFile), trainer);
            AtomicFile.WriteText(System.IO.Path.Combine(temporary, StateDescription), state.ToJson());
        });
        foreach (var step in Checkpoints().Skip(CheckpointsKept)) Directory.Delete(Checkpoint(step), recursive: true);
    }

    /// <summary>Goes on from the newest checkpoint.</summary>
    /// <returns>Its step; 0 where there is none.</returns>
    /// <exception cref="MmDiffusionException">It belongs to another run, or is damaged.</exception>
    internal long Restore(Trainer trainer, TrainingState now)
    {
        DeleteLeftovers();
        if (Checkpoints() is not [var newest, ..]) return 0;
        var state = TrainingState.Read(System.IO.Path.Combine(Checkpoint(newest), StateDescription));
        state.RequireSameRun(now);
        using var tensors = WeightFile.Open(System.IO.Path.Combine(Checkpoint(newest), StateFile));
        trainer.Restore(tensors, state.Step, state.TimestepLosses);
        trainer.Generator = state.Generator ?? RandomGenerator.MersenneTwister;
        return state.Step;
    }

    /// <summary>Writes the averaged weights as a model that can generate.</summary>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    internal ModelDirectory SaveModel(Trainer trainer, ModelDescription description)
    {
        var weights = trainer.Names.Zip(trainer.Average, KeyValuePair.Create<string, Tensor>);
        var model = new ModelDirectory(Model, description with { Trained = true, Source = $"mmdiff, step {trainer.Step}" });
        model.Save(() => SafetensorsWriter.Write(System.IO.Path.Combine(Model, ModelDirectory.WeightsFile), weights));
        return model;
    }

    private string CheckpointsFolder => System.IO.Path.Combine(Path, "checkpoints");

    private string Checkpoint(long step) => System.IO.Path.Combine(CheckpointsFolder, Name(step));

    private static string Name(long step) => StepPrefix + step.ToString("D8", CultureInfo.InvariantCulture);

    private static void WriteState(string path, Trainer trainer)
    {
        using var state = trainer.State().GetEnumerator();
        SafetensorsWriter.Write(path, trainer.StateEntries(), name => state.MoveNext() && state.Current.Key == name
            ? state.Current.Value.alias()
            : throw new InvalidOperationException($"the state has no '{name}' where its list does"));
    }

    /// <summary>What a process that was killed in the middle of writing left behind.</summary>
    private void DeleteLeftovers()
    {
        if (!Directory.Exists(CheckpointsFolder)) return;
        foreach (var folder in Directory.EnumerateDirectories(CheckpointsFolder, "." + StepPrefix + "*")) Directory.Delete(folder, recursive: true);
    }
}
