using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Measures;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests.Measures;

[Trait("group", "unit")]
public class MemorisationTests
{
    private static readonly ClipSet Training = Colours("training", 10, 50, 100, 150, 200);

    [Fact]
    public void Copies_of_training_clips_are_found_and_shown()
    {
        var found = Memorisation.Of(Colours("real", 20, 60, 120, 180), Colours("generated", 100, 10, 70), Training, 0);
        // 70 is as far as two of the four held-out clips, and farther than the others.
        Assert.Equal((1 + 1 + 0.25) / 3, found.Score, 1e-10);
        Assert.Equal(2 / 3.0, found.ShareSuspect, 1e-10);
        Assert.Equal(("generated-0", "training-2", 0.0), (found.Pairs[0].Clip, found.Pairs[0].Training, found.Pairs[0].Distance));
        Assert.Equal((5, 4), (found.TrainingClips, found.HeldOutClips));
        Assert.InRange(found.Score, found.Interval.Lower, found.Interval.Upper);
    }

    [Fact]
    public void Clips_as_new_as_the_held_out_ones_are_at_chance()
    {
        var found = Memorisation.Of(Colours("real", 20, 60, 120, 180), Colours("generated", 20, 60, 120, 180), Training, 0);
        Assert.Equal(0.5, found.Score, 1e-10);
        Assert.Equal(found.HeldOut, found.Generated);
    }

    [Fact]
    public void Real_clips_that_are_training_clips_are_left_out()
    {
        var real = new ClipSet("real", [.. Colours("real", 20, 60).Clips, .. Training.Clips]);
        Assert.Equal(2, Memorisation.Of(real, Colours("generated", 1, 2), Training, 0).HeldOutClips);
        Assert.ThrowsAny<MmDiffusionException>(() => Memorisation.Of(Training, Colours("generated", 1, 2), Training, 0));
    }

    private static ClipSet Colours(string name, params byte[] colours) =>
        FeatureSetsInMemory.Of(name, colours.Select(colour => (0f, colour)));
}
