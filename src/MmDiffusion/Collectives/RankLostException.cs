namespace MmDiffusion.Collectives;

/// <summary>This rank has to end since another one did, or could not begin. One rank tells the user; the others say nothing.</summary>
public sealed class RankLostException : MmDiffusionException
{
    /// <summary>Another rank does not answer, and the run is being ended.</summary>
    /// <param name="lost">The other.</param>
    /// <param name="rank">This one.</param>
    public RankLostException(int lost, int rank)
        : base($"rank {lost} no longer answers, and the run is being ended; see above what became of it, then start again with --resume")
        => (IsSaidElsewhere, EndsRun) = (rank != 0, true);

    /// <summary>Another rank says what is wrong.</summary>
    /// <param name="message">What.</param>
    public RankLostException(string message) : base(message) => IsSaidElsewhere = true;

    /// <inheritdoc/>
    public override bool EndsRun { get; }

    /// <summary>Whether another rank tells the user.</summary>
    public bool IsSaidElsewhere { get; }
}
