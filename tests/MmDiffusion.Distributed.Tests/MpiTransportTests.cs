using MmDiffusion.Collectives;
using MmDiffusion.Media;

namespace MmDiffusion.Distributed.Tests;

[Trait("group", "unit")]
public sealed class MpiTransportTests
{
    [Theory]
    [InlineData(4, 0)]
    [InlineData(0, 4)]
    [InlineData(4, 4)]
    public async Task After_a_message_that_did_not_arrive_the_library_is_called_no_more(int send, int receive)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        var library = new SilentMpi();
        using var transport = new MpiTransport(library, end.Token);
        // Another thread waits meanwhile, as the one that hands out numbers does.
        var other = Task.Run(
            () => Assert.Throws<RankLostException>(() => transport.Exchange([1], 1, [], 0, Channel.Answer)),
            TestContext.Current.CancellationToken);
        Assert.True(
            Assert.Throws<RankLostException>(() => transport.Exchange(new byte[send], 1, new byte[receive], 1, Channel.Collective))
                .EndsRun);
        await other.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        var calls = library.Calls;
        // Whatever is called could write what it receives into memory that is no longer the caller's.
        Assert.Throws<RankLostException>(() => transport.Exchange([1], 1, [], 0, Channel.Collective));
        Assert.Throws<RankLostException>(() => transport.TryReceive(new byte[1], Channel.Request));
        transport.Dispose();
        Assert.Equal(calls, library.Calls);
    }

    [Fact]
    public void After_an_error_of_the_library_it_is_called_no_more_either()
    {
        var library = new SilentMpi { FailsToSend = true };
        using var transport = new MpiTransport(library, CancellationToken.None);
        // By then, it has begun to receive.
        Assert.Contains(
            "unreachable",
            Assert.ThrowsAny<MmDiffusionException>(() => transport.Exchange([1], 1, new byte[1], 1, Channel.Collective)).Message,
            StringComparison.Ordinal);
        var calls = library.Calls;
        Assert.Contains(
            "unreachable",
            Assert.ThrowsAny<MmDiffusionException>(() => transport.Exchange([1], 1, [], 0, Channel.Collective)).Message,
            StringComparison.Ordinal);
        transport.Dispose();
        Assert.Equal(calls, library.Calls);
    }

    [Fact]
    public void Without_a_failure_the_library_is_finished()
    {
        var library = new SilentMpi();
        new MpiTransport(library, CancellationToken.None).Dispose();
        Assert.True(library.IsFinished);
    }

    /// <summary>A library whose messages never arrive.</summary>
    private sealed unsafe class SilentMpi : IMpi
    {
        private int _calls;

        internal int Calls => Volatile.Read(ref _calls);

        internal bool FailsToSend { get; init; }

        internal bool IsFinished { get; private set; }

        public int Rank() => 0;

        public int Size() => 2;

        public nint Send(void* bytes, int count, int to, int tag)
        {
            Interlocked.Increment(ref _calls);
            return FailsToSend ? throw new MmDiffusionException("rank 1 is unreachable") : 1;
        }

        public nint Receive(void* bytes, int count, int from, int tag) => Interlocked.Increment(ref _calls);

        public bool IsDone(ref nint request)
        {
            Interlocked.Increment(ref _calls);
            return false;
        }

        public int? Waiting(int tag)
        {
            Interlocked.Increment(ref _calls);
            return null;
        }

        public void Finish() => IsFinished = Interlocked.Increment(ref _calls) > 0;
    }
}
