using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests.Alignment;

[Trait("group", "unit")]
public sealed class ChangeTrackTests
{
    [Fact]
    public void A_flash_with_a_bang_is_seen_and_heard_in_its_frame()
    {
        var track = ChangeTrack.Of(Clips.FlashingAt(8, [3], [3]));
        Assert.Equal([0, 0, 100, 100, 0, 0, 0], track.Visual);
        Assert.Equal([2], Enumerable.Range(0, 7).Where(i => track.Onset[i] > 0));
        Assert.Equal([3], EventDetector.Seen(track));
        Assert.Equal([3], EventDetector.Heard(track));
    }

    [Fact]
    public void Sound_that_ends_early_continues_in_silence()
    {
        var clip = Clips.FlashingAt(8, [3], [3]);
        var track = ChangeTrack.Of(clip with { Audio = clip.Audio with { Samples = clip.Audio.Samples[..500] } });
        Assert.Equal(ChangeTrack.Of(clip).Onset, track.Onset);
    }

    [Fact]
    public void Two_frames_are_too_few() =>
        Assert.Contains(
            "has 2 frames, expected at least 3",
            Assert.ThrowsAny<MmDiffusionException>(() => ChangeTrack.Of(Clips.FlashingAt(2, [], []))).Message,
            StringComparison.Ordinal);
}
