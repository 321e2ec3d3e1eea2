using MmDiffusion.Evaluation.Measures;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Measures;

[Trait("group", "unit")]
public class NeighboursTests
{
    [Fact]
    public void Nearest_ones_are_those_of_all_pairs_also_beyond_a_piece()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var (x, y) = (random.Normal(300, 5), random.Normal(40, 5));
        var distances = (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2).sqrt();
        var nearest = Neighbours.Nearest(x, y);
        var means = Neighbours.MeanDistance(x, y, 3, same: false);
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(distances[i].argmin().item<long>(), nearest[i].Index);
            Assert.Equal(distances[i].min().item<float>(), nearest[i].Distance, 1e-5);
            Assert.Equal(distances[i].topk(3, largest: false).values.mean().item<float>(), means[i], 1e-5);
        }
    }

    [Fact]
    public void None_is_its_own_neighbour()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1, 1, 2], Neighbours.MeanDistance(tensor([0f, 1f, 3f], [3, 1]), tensor([0f, 1f, 3f], [3, 1]), 1, same: true));
    }

    [Fact]
    public void Diversity_is_the_mean_over_pairs()
    {
        using var scope = NewDisposeScope();
        var measure = Diversity.Of(tensor([0f, 1f, 3f], [3, 1]), 0);
        Assert.Equal((1 + 2 + 3) / 3.0, measure.Score, 1e-6);
        Assert.Equal(0, Diversity.Of(ones(20, 3), 0).Score, 1e-10);
    }

    [Fact]
    public void A_projection_keeps_distances_of_points_in_a_plane()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(2);
        var plane = random.Normal(2, 6);
        var (real, generated) = (random.Normal(30, 2).matmul(plane), random.Normal(20, 2).matmul(plane));
        var points = Projection.Of(real, generated);
        Assert.Equal((30, 20), (points.Real.Count, points.Generated.Count));
        var (from, to) = (points.Real[3], points.Generated[7]);
        var expected = (real[3] - generated[7]).square().sum().sqrt().item<float>();
        Assert.Equal(expected, Math.Sqrt(Math.Pow(from.X - to.X, 2) + Math.Pow(from.Y - to.Y, 2)), 1e-4);
    }

    [Fact]
    public void No_tensor_stays_behind()
    {
        using var random = new SeededRandom(3);
        using var x = random.Normal(9, 4);
        var set = FeatureSetsInMemory.Of("set", Enumerable.Range(0, 9).Select(i => ((float)i, (byte)i)));
        var before = LiveTensors.CountBefore();
        Neighbours.Nearest(x, x);
        Neighbours.MeanDistance(x, x, 2, same: true);
        Diversity.Of(x, 0);
        Projection.Of(x, x);
        ClipRanking.Of(set, set, [.. Enumerable.Repeat(0.5, 9)]);
        Memorisation.Of(set, set, FeatureSetsInMemory.Of("training", [(0, 1)]), 0);
        Assert.Equal(before, Tensor.TotalCount);
    }
}
