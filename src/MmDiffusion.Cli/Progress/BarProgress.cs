using Spectre.Console;

namespace MmDiffusion.Cli.Progress;

/// <summary>A bar for each piece of work.</summary>
internal sealed class BarProgress(ProgressContext context) : ProgressDisplay
{
    internal override IWork Start(string title, double total, string unit)
    {
        var task = context.AddTask(Markup.Escape(title), autoStart: true, maxValue: total);
        task.Tag = unit;
        return new Work(task);
    }

    private sealed class Work(ProgressTask task) : IWork
    {
        public void Report(double done) => task.Value = done;
    }
}
