using System.Collections.Concurrent;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Kernels.Runtime;

namespace MmDiffusion.Kernels.Tests.Runtime;

[Trait("group", "unit")]
public sealed class OpenMpTests
{
    [Fact]
    public void Every_thread_has_its_number_and_a_failure_comes_back()
    {
        TorchRuntime.EnsureLoaded();
        Assert.SkipUnless(OpenMp.IsAvailable, "libtorch's threads are not GNU's here");
        var seen = new ConcurrentBag<(int Thread, int Of)>();
        OpenMp.Run(2, (thread, of) => seen.Add((thread, of)));
        Assert.Equal(Enumerable.Range(0, seen.First().Of), seen.Select(part => part.Thread).Order());
        var failure = Assert.Throws<InvalidOperationException>(
            () => OpenMp.Run(2, (_, _) => throw new InvalidOperationException("as told")));
        Assert.Equal("as told", failure.Message);
    }

    /// <summary>Also from several threads at once, each of which is the first of its own.</summary>
    [Fact]
    public async Task Work_is_shared_without_gap_or_overlap()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            foreach (var count in (int[])[1, 2, 3, 1000])
            {
                var times = new int[count];
                Threads.For(count, Threads.LeastWork, i => Interlocked.Increment(ref times[i]));
                Assert.All(times, time => Assert.Equal(1, time));
            }
        })));
    }
}
