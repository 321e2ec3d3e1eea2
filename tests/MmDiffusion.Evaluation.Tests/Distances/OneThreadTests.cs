using MmDiffusion.Evaluation.Distances;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Distances;

[Trait("group", "unit")]
public sealed class OneThreadTests
{
    [Fact]
    public void Measuring_twice_at_once_leaves_the_number_of_threads_as_it_was()
    {
        var before = get_num_threads();
        try
        {
            set_num_threads(3);
            var (inside, most) = (0, 0);
            var after = Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4).Select(_ =>
            {
                // A thread that has computed before keeps the number that it began with.
                var own = get_num_threads();
                for (var i = 0; i < 20; i++)
                {
                    using var alone = OneThread.Begin();
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    Assert.Equal(1, get_num_threads());
                    Thread.Yield();
                    Interlocked.Decrement(ref inside);
                }
                return (own, Now: get_num_threads());
            }).ToList();
            Assert.Equal(1, most);
            Assert.All(after, threads => Assert.Equal(threads.own, threads.Now));
            using (OneThread.Begin())
            {
                using var again = OneThread.Begin();
                Assert.Equal(1, get_num_threads());
            }
            Assert.Equal(3, get_num_threads());
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
