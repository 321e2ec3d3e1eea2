namespace MmDiffusion.Cli.Progress;

/// <summary>Lines for a log: the first report, then one every ten seconds at most, and the last.</summary>
internal sealed class LineProgress(Terminal terminal, TimeProvider clock) : ProgressDisplay(clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    internal override IWork Start(string title, double total, string unit, double before = 0) => new Work(this, terminal, title, new WorkEstimate(unit, before, total, TimeSpan.Zero, before));

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
