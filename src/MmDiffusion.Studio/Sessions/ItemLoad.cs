namespace MmDiffusion.Studio.Sessions;

/// <summary>How often an item was rated, or is kept for somebody who is about to.</summary>
internal sealed record ItemLoad(string Id, string Stratum, int Count)
{
    internal int Count { get; set; } = Count;

    /// <summary>How many of the raters who are at work had it already; known in the last round only.</summary>
    internal int SeenByWorking { get; set; }
}
