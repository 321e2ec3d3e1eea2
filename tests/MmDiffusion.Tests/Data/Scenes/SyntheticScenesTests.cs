using MmDiffusion.Data;
using MmDiffusion.Data.Scenes;

namespace MmDiffusion.Tests.Data.Scenes;

[Trait("group", "unit")]
public class SyntheticScenesTests
{
    private static readonly ClipShape Small = new() { Height = 32, Width = 32 };

    public static TheoryData<SceneKind> Kinds { get; } = [.. Enum.GetValues<SceneKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others(SceneKind kind)
    {
        var (first, again, other) = (SyntheticScenes.Create(7, Small, kind), SyntheticScenes.Create(7, Small, kind), SyntheticScenes.Create(8, Small, kind));
        Assert.Equal(first.Clip.Frames.Pixels, again.Clip.Frames.Pixels);
        Assert.Equal(first.Clip.Sound.Samples, again.Clip.Sound.Samples);
        Assert.Equal(first.EventTimes, again.EventTimes);
        Assert.NotEqual(first.Clip.Frames.Pixels, other.Clip.Frames.Pixels);
        Assert.NotEqual(first.Clip.Sound.Samples, other.Clip.Sound.Samples);
    }

    [Fact]
    public void The_seed_decides_what_happens_where_nobody_else_does()
    {
        var kinds = Enumerable.Range(0, 60).Select(seed => SyntheticScenes.KindOf((ulong)seed)).ToArray();
        Assert.Equal(Enum.GetValues<SceneKind>(), kinds.Distinct().Order());
        var told = SyntheticScenes.Create(5, Small, SyntheticScenes.KindOf(5));
        Assert.Equal(told.Clip.Frames.Pixels, SyntheticScenes.Create(5, Small).Clip.Frames.Pixels);
    }
}
