using MmDiffusion.Media;

namespace MmDiffusion.Distributed.Tests;

[Trait("group", "unit")]
public sealed class HandoutTests
{
    [Fact]
    public async Task A_rank_whose_server_failed_ends_rather_than_working_on_while_the_others_wait()
    {
        using var transport = new BrokenTransport();
        var handout = new Handout(transport, 1_000_000);
        Assert.Equal(0, handout.Next());
        transport.Break();
        var failure = await Assert.ThrowsAnyAsync<MmDiffusionException>(async () =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                Assert.NotNull(handout.Next());
                await Task.Delay(1);
            }
        });
        Assert.Equal("the other rank is gone", failure.Message);
    }

    private sealed class BrokenTransport : ITransport
    {
        private volatile bool _isBroken;

        public int Rank => 0;

        public int Size => 2;

        public void Exchange(ReadOnlySpan<byte> send, int to, Span<byte> receive, int from, Channel channel)
        {
        }

        public int? TryReceive(Span<byte> receive, Channel channel) =>
            _isBroken ? throw new MmDiffusionException("the other rank is gone") : null;

        public void Dispose()
        {
        }

        internal void Break() => _isBroken = true;
    }
}
