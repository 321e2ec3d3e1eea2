using MmDiffusion.Cli.Progress;
using Spectre.Console.Testing;

namespace MmDiffusion.Cli.Tests.Progress;

[Trait("group", "unit")]
public sealed class ProgressDisplayTests
{
    [Fact]
    public void A_pipe_gets_the_first_line_one_every_ten_seconds_and_the_last()
    {
        using var terminal = new TestTerminal();
        var clock = new ManualClock();
        using (var display = ProgressDisplay.Open(terminal.Terminal, clock))
        {
            var work = display.Start("sampling", 100, "step");
            for (var step = 1; step <= 100; step++)
            {
                clock.Advance(TimeSpan.FromSeconds(0.5));
                work.Report(step);
            }
        }
        Assert.Empty(terminal.Output);
        var lines = terminal.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(["1/100", "21/100", "41/100", "61/100", "81/100", "100/100"], lines.Select(line => line.Split(' ')[2]));
        Assert.Equal("mmdiff: sampling: 100/100 steps, 2.0 steps/s, 50 s in all", lines[^1]);
    }

    [Fact]
    public void A_terminal_gets_a_bar_with_rate_and_remaining_time()
    {
        using var output = new TestConsole();
        using var error = new TestConsole { EmitAnsiSequences = true }.Width(120).Interactive();
        var terminal = new Terminal(output, error, TestContext.Current.CancellationToken);
        using (var display = ProgressDisplay.Open(terminal))
        {
            display.Start("sampling [1/2]", 4, "step").Report(2);
        }
        Assert.Empty(output.Output);
        Assert.Contains("sampling [1/2]", error.Output, StringComparison.Ordinal);
        Assert.Contains("2/4 steps", error.Output, StringComparison.Ordinal);
    }

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        internal void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
