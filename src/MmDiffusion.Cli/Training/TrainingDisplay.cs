using System.Globalization;
using MmDiffusion.Cli.Progress;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Training;

/// <summary>Shows a run: its steps with the loss, smoothed, and what each review found.</summary>
internal sealed class TrainingDisplay(ProgressDisplay display, Terminal terminal)
{
    // A batch's loss depends on the timesteps it happened to draw.
    private const double Smoothing = 0.98;

    private IWork? _work;
    private double? _loss;
    private ReviewReport? _shown;

    internal void Report(TrainingProgress progress)
    {
        var report = progress.Report;
        _loss = _loss is { } smooth ? Smoothing * smooth + (1 - Smoothing) * report.Loss : report.Loss;
        _work ??= display.Start("training", progress.Steps, "step", report.Step - 1);
        _work.Report(report.Step, string.Create(CultureInfo.InvariantCulture, $"loss {_loss:0.0000}"));
        if (progress.Notice is { } notice) terminal.WriteMessage(notice);
        if (progress.Review is { } review && review != _shown) terminal.WriteMessage(Sentence(_shown = review));
    }

    private static string Sentence(ReviewReport review)
    {
        var unseen = review.Unseen is { } losses ? string.Create(CultureInfo.InvariantCulture, $", {losses.Average():0.0000} on clips held out") : "";
        var sheet = review.Sheet is { } path ? $"; samples: {path}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"step {review.Step}: loss {review.Seen.Average():0.0000} on clips seen{unseen}{sheet}");
    }
}
