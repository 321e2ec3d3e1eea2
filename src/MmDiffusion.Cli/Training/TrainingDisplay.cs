using System.Globalization;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Training;

/// <summary>Shows a run: its steps with the loss, smoothed, and what each review found.</summary>
internal sealed class TrainingDisplay(ProgressDisplay display, Terminal terminal)
{
    private readonly SmoothedLoss _loss = new();

    private IWork? _work;
    private long _step;

    internal void Report(TrainingProgress progress)
    {
        var report = progress.Report;
        if (progress.Notice is { } notice) terminal.WriteMessage(notice);
        // A step that was reviewed is reported again.
        if (report.Step == _step) return;
        _step = report.Step;
        _loss.Add(report.Loss);
        _work ??= display.Start("training", progress.Steps, "step", report.Step - 1);
        _work.Report(report.Step, string.Create(CultureInfo.InvariantCulture, $"loss {_loss.Value:0.0000}"));
    }

    internal void Report(ReviewReport review) => terminal.WriteMessage(Sentence(review));

    private static string Sentence(ReviewReport review)
    {
        var unseen = review.Unseen is { } losses
            ? string.Create(CultureInfo.InvariantCulture, $", {losses.Average():0.0000} on clips held out")
            : "";
        var sheet = review.Sheet is { } path ? $"; samples: {path}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"step {review.Step}: loss {review.Seen.Average():0.0000} on clips seen{unseen}{sheet}");
    }
}
