using System.Globalization;
using MmDiffusion.Data;

namespace MmDiffusion.Training.Tests;

/// <summary>Runs of <see cref="TinyTraining"/> in folders of their own, with what they said.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>What the last run said.</summary>
    internal List<string> Notices { get; } = [];

    /// <summary>What the last run's reviews found.</summary>
    internal List<ReviewReport> Reviews { get; } = [];

    internal TrainingFolder Folder(string name = "run") => new(_folder[name]);

    internal string Path(params string[] parts) => System.IO.Path.Combine([_folder.Path, "run", .. parts]);

    internal string Checkpoint(long step, params string[] parts) => Path(["checkpoints", Name(step), .. parts]);

    internal byte[] State(string name, long step) =>
        File.ReadAllBytes(System.IO.Path.Combine(Folder(name).Path, "checkpoints", Name(step), "state.safetensors"));

    /// <summary>Trains with a checkpoint at every step, and no review but at the end.</summary>
    internal void Train(
        TrainingConfiguration configuration,
        Func<TrainingRunOptions, TrainingRunOptions>? change = null,
        string name = "run",
        bool resume = false,
        IClipSource? heldOut = null,
        Action<TrainingProgress>? observer = null,
        CancellationToken cancellation = default)
    {
        Notices.Clear();
        Reviews.Clear();
        var options = new TrainingRunOptions
        {
            Seed = 5,
            Resume = resume,
            CheckpointEvery = 1,
            LogEvery = 1,
            ReviewEvery = 0,
            HeldOutClips = 1,
            SheetClips = 0,
        };
        using var data = TinyTraining.Scenes(configuration);
        new TrainingRun(configuration, Folder(name), change?.Invoke(options) ?? options) { OnNotice = Notices.Add, OnReview = Reviews.Add }
            .Run(data, heldOut, observer, cancellation);
    }

    /// <summary>A column of a table of the run, by step.</summary>
    internal Dictionary<long, double> Column(string file, string column)
    {
        var lines = File.ReadAllLines(Path(file)).Select(line => line.Split(',')).ToList();
        var index = Array.IndexOf(lines[0], column);
        return lines.Skip(1).ToDictionary(cells => long.Parse(cells[0], CultureInfo.InvariantCulture), cells =>
            double.Parse(cells[index], CultureInfo.InvariantCulture));
    }

    public void Dispose() => _folder.Dispose();

    private static string Name(long step) => step.ToString("'step-'00000000", CultureInfo.InvariantCulture);
}
