using MmDiffusion.Evaluation.Distances;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Distances;

[Trait("group", "unit")]
public class DistanceTests
{
    [Fact]
    public void A_set_is_at_no_distance_from_itself_also_with_fewer_clips_than_dimensions()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        Assert.All(new[] { 100, 10, 3 }, clips =>
        {
            var set = random.Normal(clips, 40);
            Assert.InRange(FrechetDistance.Between(set, set), 0, 1e-10);
        });
    }

    [Fact]
    public void The_frechet_distance_of_one_dimension_is_that_of_means_and_deviations()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (tensor([0.0, 2, 4], [3, 1]), tensor([10.0, 11, 12], [3, 1]));
        Assert.Equal(81 + (2 - 1) * (2 - 1), FrechetDistance.Between(x, y), 1e-10);
    }

    [Fact]
    public void The_frechet_distance_is_symmetric_and_scales_with_the_square_of_the_features()
    {
        using var scope = NewDisposeScope();
        for (var seed = 0UL; seed < 10; seed++)
        {
            using var random = new SeededRandom(seed);
            var (x, y) = (random.Normal(4 + 5 * (long)seed, 12) + 1, random.Normal(20, 12) * 2);
            var distance = FrechetDistance.Between(x, y);
            Assert.Equal(1, FrechetDistance.Between(y, x) / distance, 1e-10);
            Assert.Equal(9, FrechetDistance.Between(x * 3, y * 3) / distance, 1e-5);
        }
    }

    [Fact]
    public void The_kernel_distance_is_the_mean_over_pairs()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (tensor([1.0, 2], [2, 1]), tensor([0.0, 3], [2, 1]));
        // k(1,2) + k(0,3) - 2 mean(k(1,0), k(1,3), k(2,0), k(2,3)) with k(a,b) = (ab + 1)^3.
        Assert.Equal(27 + 1 - 2 * (1 + 64 + 1 + 343) / 4.0, KernelDistance.Between(x, y), 1e-10);
    }

    [Fact]
    public void Features_that_cannot_be_compared_are_refused_in_a_sentence()
    {
        using var scope = NewDisposeScope();
        var (good, nan) = (ones(4, 3), full([4, 3], double.NaN));
        Assert.Contains("not finite", Refuse(good, nan), StringComparison.Ordinal);
        Assert.Contains("features of 1 real clips, expected at least 2", Refuse(ones(1, 3), good), StringComparison.Ordinal);
        Assert.Contains("[4,3] and [4,2] cannot be compared", Refuse(good, ones(4, 2)), StringComparison.Ordinal);

        static string Refuse(Tensor x, Tensor y)
        {
            Assert.ThrowsAny<MmDiffusionException>(() => KernelDistance.Between(x, y));
            return Assert.ThrowsAny<MmDiffusionException>(() => FrechetDistance.Between(x, y)).Message;
        }
    }

    [Fact]
    public void No_tensor_stays_behind()
    {
        using var random = new SeededRandom(2);
        using var x = random.Normal(9, 4);
        var before = LiveTensors.CountBefore();
        FrechetDistance.Between(x, x);
        KernelDistance.Between(x, x);
        using (var distance = new KernelDistance(x, x)) new DistanceEstimator(distance, 2, 0).Estimate();
        using (var distance = new FrechetDistance(x, x)) new DistanceEstimator(distance, 2, 0).Estimate();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
