namespace MmDiffusion.Cli.Progress;

/// <summary>A piece of work whose progress is shown.</summary>
internal interface IWork
{
    /// <summary>Tells how many are done now, out of the total. The time since the last report of any work on the display counts as this one's.</summary>
    void Report(double done);
}
