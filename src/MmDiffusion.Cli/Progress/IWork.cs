namespace MmDiffusion.Cli.Progress;

/// <summary>A piece of work whose progress is shown.</summary>
internal interface IWork
{
    /// <summary>Tells how many are done now, out of the total. The time since the last report of any work on the display counts as this one's.</summary>
    /// <param name="done">How many.</param>
    /// <param name="note">What else there is to say now; null for nothing.</param>
    void Report(double done, string? note = null);
}
