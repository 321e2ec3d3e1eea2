using MmDiffusion.Cli.Progress;
using MmDiffusion.Cli.Training;
using MmDiffusion.Training;

namespace MmDiffusion.Cli.Tests.Training;

[Trait("group", "unit")]
public sealed class TrainingDisplayTests
{
    [Fact]
    public void A_step_that_was_reviewed_counts_once()
    {
        using var terminal = new TestTerminal();
        using (var display = ProgressDisplay.Open(terminal.Terminal))
        {
            var shown = new TrainingDisplay(display, terminal.Terminal);
            shown.Report(Step(1, 1));
            var review = new ReviewReport(2, [0.5], null, null);
            shown.Report(Step(2, 4));
            shown.Report(review);
            shown.Report(Step(2, 4) with { Review = review });
            shown.Report(Step(3, 1));
        }
        var lines = terminal.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("mmdiff: step 2: loss 0.5000 on clips seen", lines[1]);
        // (1 · 0.98² + 4 · 0.98 + 1) / (0.98² + 0.98 + 1)
        Assert.StartsWith("mmdiff: training: 3/3 steps, loss 1.9999", lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void The_loss_that_is_shown_is_that_of_the_last_steps_also_at_first(int steps)
    {
        using var terminal = new TestTerminal();
        using (var display = ProgressDisplay.Open(terminal.Terminal))
        {
            var shown = new TrainingDisplay(display, terminal.Terminal);
            for (var step = 1; step <= steps; step++) shown.Report(Step(step, step == 1 ? 1 : 0.09, steps));
        }
        var last = terminal.Error.TrimEnd('\n').Split('\n')[^1];
        var loss = double.Parse(last.Split("loss ")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(loss, 0.09, 0.09 + 0.91 / steps);
    }

    private static TrainingProgress Step(long step, double loss, long steps = 3) =>
        new(new StepReport(step, loss, loss, null, 1, 1e-3), steps, null);
}
