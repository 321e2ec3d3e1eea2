using MmDiffusion.Evaluation.Measures;

namespace MmDiffusion.Evaluation.Tests.Measures;

[Trait("group", "unit")]
public class ClipRankingTests
{
    [Fact]
    public void Clips_far_from_all_real_ones_come_last()
    {
        var real = FeatureSetsInMemory.Of("real", Enumerable.Range(0, 12).Select(i => ((float)i, (byte)0)));
        var generated = FeatureSetsInMemory.Of("generated", [(100f, (byte)0), (6f, (byte)0), (20f, (byte)0)]);
        var ranking = ClipRanking.Of(real, generated, [0.1, 0.2, 0.3]);
        Assert.Equal(["generated-1", "generated-2", "generated-0"], ranking.Select(clip => clip.Path));
        Assert.Equal([0.2, 0.3, 0.1], ranking.Select(clip => clip.Alignment));
        Assert.InRange(ranking[0].Score, 0, 1);
        Assert.InRange(ranking[2].Score, 20, 60);
    }
}
