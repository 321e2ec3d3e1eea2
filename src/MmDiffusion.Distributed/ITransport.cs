using MmDiffusion.Media;

namespace MmDiffusion.Distributed;

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

/// <summary>Kinds of messages.</summary>
internal enum Channel
{
    Collective = 1,
    Request = 2,
    Answer = 3,
}
