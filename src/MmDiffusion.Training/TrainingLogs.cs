using System.Globalization;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using static TorchSharp.torch.utils.tensorboard;

namespace MmDiffusion.Training;

/// <summary>What is kept of a run's course: tables for people and scripts, and events for TensorBoard.</summary>
internal sealed class TrainingLogs
{
    private readonly CsvLog _losses;
    private readonly CsvLog _reviews;
    private readonly TorchSharp.Modules.SummaryWriter _board;

    /// <param name="folder">The run's.</param>
    /// <param name="lastStep">The step that the run continues from.</param>
    /// <param name="lastReview">The last step whose review stays; the others will be made again.</param>
    internal TrainingLogs(TrainingFolder folder, long lastStep, long lastReview)
    {
        string[] ranges = [.. Enumerable.Range(1, HeldOutLoss.Ranges).Select(range => $"{range}")];
        _losses = new CsvLog(folder.Losses, ["loss", "video_loss", "audio_loss", "gradient_norm", "learning_rate"], lastStep);
        _reviews = new CsvLog(
            folder.HeldOut,
            ["seen", .. ranges.Select(range => $"seen_{range}"), "unseen", .. ranges.Select(range => $"unseen_{range}")],
            lastReview);
        _board = SummaryWriter(folder.Logs, createRunName: false);
    }

    internal void Add(StepReport report)
    {
        _losses.Add(report.Step, [report.Loss, report.VideoLoss, report.AudioLoss, report.GradientNorm, report.LearningRate]);
        Show("train/loss", report.Loss, report.Step);
        Show("train/video_loss", report.VideoLoss, report.Step);
        if (report.AudioLoss is { } audio) Show("train/audio_loss", audio, report.Step);
        Show("train/gradient_norm", report.GradientNorm, report.Step);
        Show("train/learning_rate", report.LearningRate, report.Step);
    }

    internal void Add(ReviewReport review)
    {
        _reviews.Add(review.Step, [.. Row(review.Seen), .. Row(review.Unseen)]);
        Show("review/seen", review.Seen.Average(), review.Step);
        if (review.Unseen is { } unseen) Show("review/unseen", unseen.Average(), review.Step);
        for (var range = 0; range < HeldOutLoss.Ranges; range++)
            Show($"review/range_{range + 1}", (review.Unseen ?? review.Seen)[range], review.Step);
    }

    private static IEnumerable<double?> Row(IReadOnlyList<double>? losses) => losses is null
        ? Enumerable.Repeat<double?>(null, HeldOutLoss.Ranges + 1)
        : losses.Select(loss => (double?)loss).Prepend(losses.Average());

    private void Show(string tag, double value, long step) => _board.add_scalar(tag, (float)value, (int)step);
}

/// <summary>A table that grows by rows, of which the first column is the step.</summary>
internal sealed class CsvLog
{
    private readonly string _path;

    /// <param name="path">The file; rows of steps after <paramref name="lastStep"/> are dropped, since they will be made again.</param>
    /// <param name="columns">Names behind "step".</param>
    /// <param name="lastStep">The step that the run continues from.</param>
    internal CsvLog(string path, IEnumerable<string> columns, long lastStep)
    {
        _path = path;
        var header = string.Join(',', columns.Prepend("step"));
        if (!InputFile.IsAbsent(path)) InputFile.Require(path, "table");
        var kept = File.Exists(path) ? File.ReadLines(path).Skip(1).Where(row => StepOf(row) is { } step && step <= lastStep) : [];
        AtomicFile.WriteText(path, string.Concat(kept.Prepend(header).Select(row => row + "\n")));
    }

    /// <summary>
    /// The rows of a table by step, each by column; none where there is no such file. Of two rows of a step the last counts.
    /// </summary>
    internal static IReadOnlyDictionary<long, IReadOnlyDictionary<string, double?>> Read(string path)
    {
        var rows = new Dictionary<long, IReadOnlyDictionary<string, double?>>();
        if (!File.Exists(path)) return rows;
        var lines = File.ReadLines(path).Select(line => line.Split(',')).ToList();
        foreach (var cells in lines.Skip(1))
        {
            if (cells.Length != lines[0].Length || StepOf(cells[0]) is not { } step) continue;
            rows[step] = lines[0].Zip(cells)
                .Skip(1)
                .GroupBy(cell => cell.First)
                .ToDictionary(cell => cell.Key, cell => Number(cell.First().Second));
        }
        return rows;

        static double? Number(string cell) =>
            double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    internal void Add(long step, IEnumerable<double?> values)
    {
        var row = values
            .Select(value => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "")
            .Prepend(step.ToString(CultureInfo.InvariantCulture));
        try
        {
            File.AppendAllText(_path, string.Join(',', row) + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot write '{_path}': {exception.Message}", exception);
        }
    }

    // A row that was cut short by a crash has no step, or too large a one.
    private static long? StepOf(string row) => long.TryParse(row.Split(',')[0], CultureInfo.InvariantCulture, out var step) ? step : null;
}
