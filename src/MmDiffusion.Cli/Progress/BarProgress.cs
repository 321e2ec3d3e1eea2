using Spectre.Console;

namespace MmDiffusion.Cli.Progress;

/// <summary>A bar for each piece of work.</summary>
internal sealed class BarProgress(ProgressContext context, TimeProvider clock) : ProgressDisplay(clock)
{
    internal override IWork Start(string title, double total, string unit, double before = 0)
    {
        var task = context.AddTask(Markup.Escape(title), autoStart: true, maxValue: total);
        task.Tag = new WorkEstimate(unit, before, total, TimeSpan.Zero, before);
        return new Work(this, task);
    }

    private sealed class Work(BarProgress display, ProgressTask task) : IWork
    {
        public void Report(double done, string? note = null)
        {
            var estimate = (WorkEstimate)task.Tag!;
            task.Tag = estimate.Next(done, note, display.TimeSinceLastReport());
            task.Value = done;
        }
    }
}
