using static TorchSharp.torch.utils.tensorboard;

namespace MmDiffusion.Training;

/// <summary>What is kept of a run's course: tables for people and scripts, and events for TensorBoard.</summary>
internal sealed class TrainingLogs
{
    private readonly CsvLog _losses;
    private readonly CsvLog _reviews;
    private readonly TorchSharp.Modules.SummaryWriter _board;

    /// <param name="folder">The run's.</param>
    /// <param name="lastStep">The step that the run goes on from.</param>
    /// <param name="lastReview">The last step whose review stays; the others will be made again.</param>
    internal TrainingLogs(TrainingFolder folder, long lastStep, long lastReview)
    {
        string[] ranges = [.. Enumerable.Range(1, HeldOutLoss.Ranges).Select(range => $"{range}")];
        _losses = new CsvLog(folder.Losses, ["loss", "video_loss", "audio_loss", "gradient_norm", "learning_rate"], lastStep);
        _reviews = new CsvLog(folder.HeldOut, ["seen", .. ranges.Select(range => $"seen_{range}"), "unseen", .. ranges.Select(range => $"unseen_{range}")], lastReview);
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
        for (var range = 0; range < HeldOutLoss.Ranges; range++) Show($"review/range_{range + 1}", (review.Unseen ?? review.Seen)[range], review.Step);
    }

    private static IEnumerable<double?> Row(IReadOnlyList<double>? losses) => losses is null
        ? Enumerable.Repeat<double?>(null, HeldOutLoss.Ranges + 1)
        : losses.Select(loss => (double?)loss).Prepend(losses.Average());

    private void Show(string tag, double value, long step) => _board.add_scalar(tag, (float)value, (int)step);
}
