namespace MmDiffusion.Cli.Progress;

/// <summary>Lines for a log: the first report, then one every ten seconds at most, and the last.</summary>
internal sealed class LineProgress(Terminal terminal, TimeProvider clock) : ProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    internal override IWork Start(string title, double total, string unit) => new Work(terminal, clock, title, total, unit);

    private sealed class Work(Terminal terminal, TimeProvider clock, string title, double total, string unit) : IWork
    {
        private readonly long _start = clock.GetTimestamp();
        private TimeSpan? _shown;

        public void Report(double done)
        {
            var elapsed = clock.GetElapsedTime(_start);
            if (done < total && elapsed - _shown < Interval) return;
            _shown = elapsed;
            terminal.WriteMessage($"{title}: {new WorkEstimate(unit, done, total, elapsed)}");
        }
    }
}
