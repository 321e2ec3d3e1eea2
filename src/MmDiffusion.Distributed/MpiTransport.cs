using System.Diagnostics;
using MmDiffusion.Collectives;
using MmDiffusion.Media;

namespace MmDiffusion.Distributed;

/// <summary>Messages by Open MPI. Calls are short and under a lock, so that several threads may wait at once.</summary>
/// <remarks>
/// A failure leaves messages under way whose memory the caller is about to give up. The library writes to it only within its calls: after a
/// failure there are none any more, from any thread.
/// </remarks>
internal sealed unsafe class MpiTransport : ITransport
{
    // A rank that waits leaves the core to those that compute, but answers at once where the other is about as fast.
    private static readonly TimeSpan EagerWait = TimeSpan.FromMilliseconds(5);

    // mpirun kills what is left of a broken run a second after asking it to end.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly IMpi _library;
    private readonly CancellationToken _end;
    private readonly Lock _lock = new();
    private MmDiffusionException? _failure;

    /// <param name="end">Told when the process should end: then no other rank is waited for any longer.</param>
    /// <exception cref="MmDiffusionException">Open MPI is not installed, or does not start.</exception>
    internal MpiTransport(CancellationToken end) : this(MpiLibrary.Start(), end)
    {
    }

    /// <param name="library">Carries the messages.</param>
    /// <param name="end">Told when the process should end.</param>
    internal MpiTransport(IMpi library, CancellationToken end)
    {
        (_library, _end) = (library, end);
        (Rank, Size) = (_library.Rank(), _library.Size());
    }

    public int Rank { get; }

    public int Size { get; }

    public void Exchange(ReadOnlySpan<byte> send, int to, Span<byte> receive, int from, Channel channel)
    {
        fixed (byte* source = send)
        fixed (byte* target = receive)
        {
            nint sending = 0, receiving = 0;
            try
            {
                lock (_lock)
                {
                    ThrowIfFailed();
                    if (receive.Length > 0) receiving = _library.Receive(target, receive.Length, from, (int)channel);
                    if (send.Length > 0) sending = _library.Send(source, send.Length, to, (int)channel);
                }
                if (send.Length > 0) Wait(ref sending, to);
                if (receive.Length > 0) Wait(ref receiving, from);
            }
            catch (MmDiffusionException exception)
            {
                lock (_lock) _failure ??= exception;
                throw;
            }
        }
    }

    public int? TryReceive(Span<byte> receive, Channel channel)
    {
        int sender;
        lock (_lock)
        {
            ThrowIfFailed();
            if (_library.Waiting((int)channel) is not { } waiting) return null;
            sender = waiting;
        }
        Exchange([], 0, receive, sender, channel);
        return sender;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_failure is null) _library.Finish();
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure) throw failure is RankLostException lost ? lost : new MmDiffusionException(failure.Message, failure);
    }

    private void Wait(ref nint request, int other)
    {
        var began = Stopwatch.GetTimestamp();
        long ended = 0;
        while (true)
        {
            lock (_lock)
            {
                ThrowIfFailed();
                if (_library.IsDone(ref request)) return;
            }
            if (_end.IsCancellationRequested)
            {
                if (ended == 0) ended = Stopwatch.GetTimestamp();
                else if (Stopwatch.GetElapsedTime(ended) > Grace) throw new RankLostException(other, Rank);
            }
            if (Stopwatch.GetElapsedTime(began) < EagerWait) Thread.Yield();
            else Thread.Sleep(1);
        }
    }
}
