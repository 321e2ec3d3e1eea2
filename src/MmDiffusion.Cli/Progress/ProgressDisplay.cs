using Spectre.Console;

namespace MmDiffusion.Cli.Progress;

/// <summary>Shows how work goes, always on the standard error: a bar on a terminal, a line now and then elsewhere.</summary>
/// <param name="clock">Measures the work.</param>
internal abstract class ProgressDisplay(TimeProvider clock)
{
    private long _lastReport = clock.GetTimestamp();

    /// <summary>Runs work that reports its progress.</summary>
    /// <param name="terminal">Its error console decides the form.</param>
    /// <param name="work">Announces each piece with <see cref="Start"/>.</param>
    /// <param name="clock">The system's, but in tests.</param>
    internal static void Run(Terminal terminal, Action<ProgressDisplay> work, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        if (!terminal.ShowsBar)
        {
            work(new LineProgress(terminal, clock));
            return;
        }
        new Spectre.Console.Progress(terminal.Error, clock)
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new EstimateColumn())
            .Start(context => work(new BarProgress(context, clock)));
    }

    /// <summary>Begins a piece of work. Several may take turns.</summary>
    /// <param name="title">What is done: "sampling".</param>
    /// <param name="total">How many there are to do.</param>
    /// <param name="unit">What is counted, in the singular: "step".</param>
    /// <param name="before">How many were done in an earlier run, which say nothing of the pace of this one.</param>
    internal abstract IWork Start(string title, double total, string unit, double before = 0);

    /// <summary>Time since this was called last; at first, since the display was made.</summary>
    protected TimeSpan TimeSinceLastReport()
    {
        var (before, now) = (_lastReport, clock.GetTimestamp());
        _lastReport = now;
        return clock.GetElapsedTime(before, now);
    }
}
