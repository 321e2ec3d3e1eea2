namespace MmDiffusion.Cli.Progress;

/// <summary>A piece of work whose progress is shown.</summary>
internal interface IWork
{
    /// <summary>Tells how many are done now, out of the total.</summary>
    void Report(double done);
}
