namespace MmDiffusion.Collectives;

/// <summary>Carries bytes between two ranks; the collectives are made of it.</summary>
internal interface ITransport : IDisposable
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>How many there are.</summary>
    int Size { get; }

    /// <summary>Sends to one rank while receiving from another, and returns when both are done.</summary>
    /// <param name="send">What is sent; nothing is where it is empty.</param>
    /// <param name="to">Its receiver.</param>
    /// <param name="receive">Filled; nothing is received where it is empty.</param>
    /// <param name="from">Its sender.</param>
    /// <param name="channel">Messages of different channels do not mix.</param>
    /// <exception cref="MmDiffusionException">The other rank is gone.</exception>
    void Exchange(ReadOnlySpan<byte> send, int to, Span<byte> receive, int from, Channel channel);

    /// <summary>Receives from any rank if a message is there, without waiting.</summary>
    /// <param name="receive">Filled, to its length exactly.</param>
    /// <param name="channel">Of the message.</param>
    /// <returns>The sender; null where there was no message.</returns>
    int? TryReceive(Span<byte> receive, Channel channel);
}

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
