using Spectre.Console;

namespace MmDiffusion.Cli.Progress;

/// <summary>Shows how work goes, always on the standard error: a bar on a terminal, a line now and then elsewhere.</summary>
internal abstract class ProgressDisplay
{
    /// <summary>Runs work that reports its progress.</summary>
    /// <param name="terminal">Its error console decides the form.</param>
    /// <param name="work">Announces each piece with <see cref="Start"/>.</param>
    /// <param name="clock">The system's, but in tests.</param>
    internal static T Run<T>(Terminal terminal, Func<ProgressDisplay, T> work, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        if (!terminal.Error.Profile.Capabilities.Interactive || !terminal.Error.Profile.Out.IsTerminal) return work(new LineProgress(terminal, clock));
        return new Spectre.Console.Progress(terminal.Error, clock)
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new EstimateColumn())
            .Start(context => work(new BarProgress(context)));
    }

    /// <summary>Begins a piece of work.</summary>
    /// <param name="title">What is done: "sampling".</param>
    /// <param name="total">How many there are to do.</param>
    /// <param name="unit">What is counted, in the singular: "step".</param>
    internal abstract IWork Start(string title, double total, string unit);
}
