using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests.Alignment;

[Trait("group", "unit")]
public sealed class AlignmentScoreTests
{
    [Fact]
    public void Clips_whose_sound_fits_score_1_and_those_with_each_others_sound_much_less()
    {
        int[][] times = [[2, 9], [4, 11], [6, 13], [3, 8], [5, 14]];
        Assert.Equal(1, Score(times, times).Score);
        Assert.InRange(Score(times, [.. times[1..], times[0]]).Score, 0, 0.7);
    }

    [Fact]
    public void Silence_is_chance()
    {
        var score = Score([[2], [4], [6]], [[], [], []]);
        Assert.Equal((0.5, new Interval(0.5, 0.5)), (score.Score, score.Interval));
    }

    [Fact]
    public void Loudness_and_contrast_do_not_matter()
    {
        var clips = new[] { Clips.FlashingAt(12, [3], [3]), Clips.FlashingAt(12, [6], [7]), Clips.FlashingAt(12, [9], [9]) };
        var faint = clips.Select(clip =>
            clip with { Frames = new Frames([.. clip.Frames.Pixels.Select(value => (byte)(value / 4))], 2, 2, 10) });
        Assert.Equal(Of(clips).PerClip, Of(faint).PerClip);
    }

    [Fact]
    public void The_interval_holds_the_score_and_follows_from_the_seed()
    {
        var times = Enumerable.Range(0, 40).Select(i => new[] { 1 + i % 14 }).ToArray();
        var sounds = times.Select((time, i) => i % 3 == 0 ? [1 + (time[0] + 5) % 14] : time).ToArray();
        var (first, again) = (Score(times, sounds), Score(times, sounds));
        Assert.InRange(first.Score, first.Interval.Lower, first.Interval.Upper);
        Assert.InRange(first.Interval.Upper - first.Interval.Lower, 0.02, 0.5);
        Assert.Equal(first.Interval, again.Interval);
    }

    [Fact]
    public void One_clip_or_clips_of_two_lengths_are_refused()
    {
        Assert.Contains("there is 1 clip", Refused(Clips.FlashingAt(8, [2], [2])), StringComparison.Ordinal);
        Assert.Contains(
            "clips have 8 and 9 frames",
            Refused(Clips.FlashingAt(8, [2], [2]), Clips.FlashingAt(9, [2], [2])),
            StringComparison.Ordinal);
    }

    private static string Refused(params Clip[] clips) => Assert.ThrowsAny<MmDiffusionException>(() => Of(clips)).Message;

    private static AlignmentScore Score(int[][] bright, int[][] loud) =>
        Of(bright.Zip(loud, (seen, heard) => Clips.FlashingAt(16, seen, heard)));

    private static AlignmentScore Of(IEnumerable<Clip> clips) => AlignmentScore.Of([.. clips.Select(ChangeTrack.Of)]);
}
