using System.Collections.Concurrent;
using MmDiffusion.Collectives;
using MmDiffusion.Distributed;

namespace MmDiffusion.Testing;

/// <summary>Ranks that are threads of this process.</summary>
internal sealed class ThreadRanks(int size)
{
    private readonly ConcurrentDictionary<(int From, int To, Channel Channel), BlockingCollection<byte[]>> _messages = new();

    /// <summary>Runs the same on every rank.</summary>
    /// <param name="size">Number of ranks.</param>
    /// <param name="work">What each does.</param>
    /// <param name="grain">Shards begin at multiples of it.</param>
    internal static List<T> Run<T>(int size, Func<ICollective, T> work, int grain = Shard.Grain)
    {
        var ranks = new ThreadRanks(size);
        var tasks = Enumerable.Range(0, size).Select(rank => Task.Factory.StartNew(
            () => work(new TreeCollective(new Transport(ranks, rank), grain)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)).ToArray();
        return [.. Task.WhenAll(tasks).GetAwaiter().GetResult()];
    }

    private BlockingCollection<byte[]> Queue(int from, int to, Channel channel) => _messages.GetOrAdd((from, to, channel), _ => []);

    private sealed class Transport(ThreadRanks ranks, int rank) : ITransport
    {
        public int Rank => rank;

        public int Size { get; } = ranks.Size;

        public void Exchange(ReadOnlySpan<byte> send, int to, Span<byte> receive, int from, Channel channel)
        {
            if (send.Length > 0) ranks.Queue(rank, to, channel).Add(send.ToArray());
            if (receive.Length > 0) ranks.Queue(from, rank, channel).Take().CopyTo(receive);
        }

        public int? TryReceive(Span<byte> receive, Channel channel)
        {
            for (var from = 0; from < Size; from++)
            {
                if (!ranks.Queue(from, rank, channel).TryTake(out var bytes)) continue;
                bytes.CopyTo(receive);
                return from;
            }
            return null;
        }

        public void Dispose()
        {
        }
    }

    private int Size => size;
}
