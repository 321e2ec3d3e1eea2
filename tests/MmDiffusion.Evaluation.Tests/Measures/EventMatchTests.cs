using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Evaluation.Measures;
using MmDiffusion.Evaluation.Tests.Alignment;

namespace MmDiffusion.Evaluation.Tests.Measures;

[Trait("group", "unit")]
public class EventMatchTests
{
    [Fact]
    public void Events_that_come_together_match_and_others_do_not()
    {
        ChangeTrack[] together = [Track(4, 4), Track(9, 10), Track(13, 12)];
        Assert.Equal(
            (1.0, 3),
            (EventMatch.Of(together, EventDetector.Seen, 0).Score, EventMatch.Of(together, EventDetector.Seen, 0).Clips));
        Assert.Equal(0, EventMatch.Of(together, EventDetector.Seen, 0).Chance);
        ChangeTrack[] apart = [Track(4, 8), Track(9, 3), Track(13, 5)];
        Assert.Equal(0, EventMatch.Of(apart, EventDetector.Seen, 0).Score);
    }

    [Fact]
    public void Half_of_the_events_is_half_of_the_score()
    {
        // The flash and the first sound match; the second sound is alone.
        var track = ChangeTrack.Of(Clips.FlashingAt(16, Enumerable.Range(4, 12).ToArray(), [4, 10]));
        Assert.Equal(2 / 3.0, EventMatch.Of([track, track], EventDetector.Seen, 0).Score, 1e-10);
    }

    [Fact]
    public void Clips_in_which_nothing_happens_do_not_count()
    {
        var nothing = ChangeTrack.Of(Clips.FlashingAt(16, [], []));
        Assert.Equal(1, EventMatch.Of([Track(4, 4), nothing], EventDetector.Seen, 0).Clips);
        Assert.Equal(
            (0, 0),
            (EventMatch.Of([nothing, nothing], EventDetector.Seen, 0).Score,
                EventMatch.Of([nothing, nothing], EventDetector.Seen, 0).Clips));
    }

    /// <summary>It becomes bright in a frame and stays so, and one frame is loud.</summary>
    private static ChangeTrack Track(int bright, int loud) =>
        ChangeTrack.Of(Clips.FlashingAt(16, Enumerable.Range(bright, 16 - bright).ToArray(), [loud]));
}
