namespace MmDiffusion.Cli.Progress;

/// <summary>How fast work goes and how long it will still take, from its pace so far.</summary>
/// <param name="Unit">What is counted, in the singular: "step".</param>
/// <param name="Done">How many are done.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Elapsed">Time since the start.</param>
/// <param name="Before">How many were done before the start, in an earlier run.</param>
/// <param name="Note">What else there is to say now; null for nothing.</param>
internal sealed record WorkEstimate(string Unit, double Done, double Total, TimeSpan Elapsed, double Before = 0, string? Note = null)
{
    /// <summary>
    /// Of <see cref="Done"/>, what the pace leaves out: the first report comes with everything that happens only once, such as loading.
    /// </summary>
    internal double WarmUp { get; init; } = Before;

    /// <summary>How long that took.</summary>
    internal TimeSpan WarmUpTime { get; init; }

    /// <summary>Time to the end; null before there is a pace.</summary>
    internal TimeSpan? Remaining => Done > WarmUp ? (Elapsed - WarmUpTime) * ((Total - Done) / (Done - WarmUp)) : null;

    /// <summary>The estimate after one more report, of which the first tells nothing of the pace.</summary>
    internal WorkEstimate Next(double done, string? note, TimeSpan more)
    {
        var next = this with { Done = done, Note = note, Elapsed = Elapsed + more };
        return Done > Before || done <= Before ? next : next with { WarmUp = done, WarmUpTime = next.Elapsed };
    }

    /// <summary>One line: <c>12/25 steps, 0.31 steps/s, 42 s left</c>.</summary>
    public override string ToString()
    {
        var count = $"{Done:0}/{Total:0} {Unit}s{(Note is null ? "" : $", {Note}")}";
        if (Done >= Total && Done <= WarmUp && Elapsed > TimeSpan.Zero) return $"{count}, {Format(Elapsed)} in all";
        if (Remaining is not { } remaining || Elapsed <= WarmUpTime) return count;
        return Done >= Total ? $"{count}, {Rate}, {Format(Elapsed)} in all" : $"{count}, {Rate}, {Format(remaining)} left";
    }

    private string Rate
    {
        get
        {
            var rate = (Done - WarmUp) / (Elapsed - WarmUpTime).TotalSeconds;
            return rate >= 1 ? $"{rate:0.0} {Unit}s/s" : $"{1 / rate:0.0} s/{Unit}";
        }
    }

    private static string Format(TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => $"{time.TotalSeconds:0} s",
        { TotalMinutes: < 60 } => $"{time.Minutes} min {time.Seconds} s",
        _ => $"{(int)time.TotalHours} h {time.Minutes} min",
    };
}
