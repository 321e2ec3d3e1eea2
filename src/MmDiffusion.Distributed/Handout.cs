using System.Buffers.Binary;
using MmDiffusion.Collectives;
using MmDiffusion.Media;

namespace MmDiffusion.Distributed;

/// <summary>Numbers that the first rank hands out on a thread of its own, so that it works like the others meanwhile.</summary>
internal sealed class Handout : IHandout
{
    private const int None = -1;

    // What a rank asks for: the next number, or that there be no more.
    private const byte NextNumber = 1, NoMore = 2;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly ITransport _transport;
    private readonly int _count;
    private readonly Task? _server;
    private long _next;

    internal Handout(ITransport transport, int count)
    {
        (_transport, _count) = (transport, count);
        if (transport.Rank == 0)
            _server = Task.Factory.StartNew(Serve, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public int? Next()
    {
        if (_transport.Rank != 0) return Ask(NextNumber);
        // The others wait for numbers that nobody hands out any more: this rank ends the run, rather than at the end of its own work.
        if (_server!.IsFaulted) _server.GetAwaiter().GetResult();
        if (Take() is { } number) return number;
        // The others have to be told, too.
        _server.GetAwaiter().GetResult();
        return null;
    }

    public void Abandon()
    {
        if (_transport.Rank != 0)
        {
            Ask(NoMore);
            return;
        }
        End();
        _server!.GetAwaiter().GetResult();
    }

    private int? Ask(byte what)
    {
        Span<byte> answer = stackalloc byte[sizeof(int)];
        _transport.Exchange([what], 0, [], 0, Channel.Request);
        _transport.Exchange([], 0, answer, 0, Channel.Answer);
        var number = BinaryPrimitives.ReadInt32LittleEndian(answer);
        if (number < None || number >= _count)
            throw new MmDiffusionException(
                "rank 0 sent a message that was not understood; start all ranks with the same build of this program");
        return number == None ? null : number;
    }

    private int? Take() => Interlocked.Increment(ref _next) - 1 is var number && number < _count ? (int)number : null;

    private void End() => Interlocked.Exchange(ref _next, _count);

    private void Serve()
    {
        Span<byte> request = stackalloc byte[1];
        Span<byte> answer = stackalloc byte[sizeof(int)];
        for (var told = 0; told < _transport.Size - 1;)
        {
            if (_transport.TryReceive(request, Channel.Request) is not { } asking)
            {
                Thread.Sleep(Pause);
                continue;
            }
            if (request[0] == NoMore) End();
            var number = Take() ?? None;
            BinaryPrimitives.WriteInt32LittleEndian(answer, number);
            _transport.Exchange(answer, asking, [], 0, Channel.Answer);
            if (number == None) told++;
        }
    }
}
