using MmDiffusion.Evaluation.Alignment;

namespace MmDiffusion.Evaluation.Tests.Alignment;

[Trait("group", "unit")]
public sealed class EventScoreTests
{
    [Theory]
    [InlineData(new[] { 3, 9 }, new[] { 3, 9 }, 2)]
    [InlineData(new[] { 4, 8 }, new[] { 3, 9 }, 2)]
    [InlineData(new[] { 5 }, new[] { 3, 9 }, 0)]
    [InlineData(new[] { 2, 3, 4 }, new[] { 3 }, 1)]
    [InlineData(new[] { 3 }, new[] { 2, 4 }, 1)]
    [InlineData(new[] { 3, 5 }, new[] { 4, 6 }, 2)]
    [InlineData(new int[0], new[] { 4 }, 0)]
    public void An_event_counts_once_and_within_one_frame(int[] detected, int[] truth, int hits)
    {
        var score = EventScore.Of([detected], [truth]);
        Assert.Equal(2.0 * hits / (detected.Length + truth.Length), score.F1, 12);
        Assert.Equal(detected.Length > 0 ? (double)hits / detected.Length : 0, score.Precision, 12);
        Assert.Equal((double)hits / truth.Length, score.Recall, 12);
    }

    [Fact]
    public void Unrelated_events_are_those_of_every_other_clip()
    {
        IReadOnlyList<int>[] events = [[2], [2], [10]];
        Assert.Equal(1, EventScore.Of(events, events).F1);
        Assert.Equal(2.0 / 6, EventScore.OfUnrelated(events, events).F1, 12);
    }
}
