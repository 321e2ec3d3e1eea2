using Spectre.Console;
using Spectre.Console.Rendering;

namespace MmDiffusion.Cli.Progress;

/// <summary>Shows how work goes, always on the standard error: a bar on a terminal, a line now and then elsewhere.</summary>
/// <param name="clock">Measures the work.</param>
internal abstract class ProgressDisplay(TimeProvider clock) : IDisposable
{
    private long _lastReport = clock.GetTimestamp();

    /// <summary>Opens a display, which is there until it is disposed. Results are written to the terminal after that.</summary>
    /// <param name="terminal">Its error console decides the form.</param>
    /// <param name="clock">The system's, but in tests.</param>
    internal static ProgressDisplay Open(Terminal terminal, TimeProvider? clock = null) => terminal.ShowsBar
        ? BarProgress.Open(terminal, clock ?? TimeProvider.System)
        : new LineProgress(terminal, clock ?? TimeProvider.System);

    /// <summary>Begins a piece of work. Several may take turns.</summary>
    /// <param name="title">What is done: "sampling".</param>
    /// <param name="total">How many there are to do.</param>
    /// <param name="unit">What is counted, in the singular: "step".</param>
    /// <param name="before">How many were done in an earlier run, which say nothing of the pace of this one.</param>
    internal abstract IWork Start(string title, double total, string unit, double before = 0);

    /// <summary>Removes the display.</summary>
    public abstract void Dispose();

    /// <summary>Time since this was called last; at first, since the display was made.</summary>
    protected TimeSpan TimeSinceLastReport()
    {
        var (before, now) = (_lastReport, clock.GetTimestamp());
        _lastReport = now;
        return clock.GetElapsedTime(before, now);
    }
}

/// <summary>A piece of work whose progress is shown.</summary>
internal interface IWork
{
    /// <summary>
    /// Tells how many are done now, out of the total. The time since the last report of any work on the display counts as this one's.
    /// </summary>
    /// <param name="done">How many.</param>
    /// <param name="note">What else there is to say now; null for nothing.</param>
    void Report(double done, string? note = null);
}

/// <summary>Lines for a log: the first report, then one every ten seconds at most, and the last.</summary>
internal sealed class LineProgress(Terminal terminal, TimeProvider clock) : ProgressDisplay(clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    internal override IWork Start(string title, double total, string unit, double before = 0) =>
        new Work(this, terminal, title, new WorkEstimate(unit, before, total, TimeSpan.Zero, before));

    public override void Dispose()
    {
        // Lines stay.
    }

    private sealed class Work(LineProgress display, Terminal terminal, string title, WorkEstimate estimate) : IWork
    {
        private TimeSpan? _shown;

        public void Report(double done, string? note = null)
        {
            estimate = estimate.Next(done, note, display.TimeSinceLastReport());
            if (done < estimate.Total && estimate.Elapsed - _shown < Interval) return;
            _shown = estimate.Elapsed;
            terminal.WriteMessage($"{title}: {estimate}");
        }
    }
}

/// <summary>A bar for each piece of work.</summary>
internal sealed class BarProgress : ProgressDisplay
{
    private readonly ProgressContext _context;
    private readonly TaskCompletionSource _closed;
    private readonly Task _shown;

    private BarProgress(ProgressContext context, TaskCompletionSource closed, Task shown, TimeProvider clock) : base(clock) =>
        (_context, _closed, _shown) = (context, closed, shown);

    /// <summary>Spectre shows bars while a task runs: here one that waits for the display's end.</summary>
    internal static new BarProgress Open(Terminal terminal, TimeProvider clock)
    {
        var (opened, closed) = (new TaskCompletionSource<ProgressContext>(), new TaskCompletionSource());
        var shown = new Spectre.Console.Progress(terminal.Error, clock)
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new EstimateColumn())
            .StartAsync(context =>
            {
                opened.SetResult(context);
                return closed.Task;
            });
        return new BarProgress(opened.Task.GetAwaiter().GetResult(), closed, shown, clock);
    }

    internal override IWork Start(string title, double total, string unit, double before = 0)
    {
        var task = _context.AddTask(Markup.Escape(title), autoStart: true, maxValue: total);
        task.Tag = new WorkEstimate(unit, before, total, TimeSpan.Zero, before);
        return new Work(this, task);
    }

    public override void Dispose()
    {
        _closed.TrySetResult();
        _shown.GetAwaiter().GetResult();
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

/// <summary>Count, rate and remaining time beside a bar, from the estimate that is the task's tag.</summary>
internal sealed class EstimateColumn : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text($"{task.Tag}");
}
