using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Tests.Reporting;

[Trait("group", "unit")]
public sealed class ReportBuilderTests
{
    [Fact]
    public void Opinion_scores_are_reported_without_and_with_those_who_are_left_out()
    {
        var random = new Random(1);
        var answers = (
            from rater in Enumerable.Range(1, 12)
            from clip in Enumerable.Range(0, 8)
            from system in (string[])["good", "poor"]
            select MadeRecords.Answer(rater, system, clip, Draw(system == "good" ? 4 : 2), Draw(3), Draw(3))).ToList();
        // One more clicks the best of everything, too fast.
        var careless = from clip in Enumerable.Range(0, 8)
                       from system in (string[])["good", "poor"]
                       select MadeRecords
            .Answer(13, system, clip, 5, 5, 5) with
                       { Seconds = 0.2 };
        var report = ReportBuilder.Build(MadeRecords.Of(new StudyPlan(), answers.Concat(careless)));
        Assert.Equal(13, Assert.Single(report.Excluded).Rater);
        Assert.Equal(
            (12, 192, 13, 208),
            (report.Result.Raters, report.Result.Ratings, report.ResultOfAll.Raters, report.ResultOfAll.Ratings));
        var poor = Score(report.Result, "poor", "video_quality");
        Assert.Equal(answers.Where(answer => answer.SystemA == "poor").Average(answer => answer.Values[0]), poor.Value, 12);
        Assert.True(poor.Value < Score(report.ResultOfAll, "poor", "video_quality").Value);
        Assert.True(poor.Interval is { } interval && interval.Lower < poor.Value && poor.Value < interval.Upper);
        Assert.Equal((96, 12, 8, 96), (poor.Ratings, poor.Raters, poor.Clips, poor.Histogram.Sum()));
        var (picture, sound) = (Compared(report, "video_quality"), Compared(report, "audio_quality"));
        Assert.InRange(picture.Difference, 1.5, 2.5);
        Assert.True(picture.CorrectedP < 1e-4 && sound.CorrectedP > 0.05);
        Assert.All(report.Result.Comparisons, comparison => Assert.True(comparison.CorrectedP >= comparison.P));

        int Draw(int middle) => Math.Clamp(middle + random.Next(-1, 2), 1, 5);
    }

    [Fact]
    public void Votes_for_real_and_for_undetermined_pass_the_Turing_test()
    {
        var answers = from rater in Enumerable.Range(1, 6)
                      from clip in Enumerable.Range(0, 4)
                      select MadeRecords.Answer(
            rater,
            "ours",
            clip,
            clip == 3 ? 1 : clip % 3 + 1);
        var score = Score(ReportBuilder.Build(MadeRecords.Of(new StudyPlan { Kind = StudyKind.Turing }, answers)).Result, "ours", "passes");
        Assert.Equal(0.5, score.Value, 12);
        Assert.Equal([12, 6, 6], score.Histogram);
        Assert.True(score.Interval is { Lower: > 0 and < 0.5, Upper: > 0.5 and < 1 });
    }

    [Fact]
    public void Pairs_of_three_systems_are_counted_by_clip_for_each_of_them()
    {
        // The first of two in the alphabet wins, but for every third rater.
        var answers =
            from rater in Enumerable.Range(1, 9)
            from clip in Enumerable.Range(0, 5)
            from pair in (string[])["ab", "ac", "bc"]
            select MadeRecords.Pair(rater, pair[..1], pair[1..], clip, rater % 3 == 0 ? 2 : 1);
        var result = ReportBuilder.Build(MadeRecords.Of(
            new StudyPlan { Kind = StudyKind.Pairwise, Exclusions = new ExclusionRules { IdenticalAnswers = 100 } },
            answers)).Result;
        Assert.Equal([("a", 0.667), ("b", 0.5), ("c", 0.333)], result.Scores.Select(score => (score.System, Math.Round(score.Value, 3))));
        Assert.All(result.Scores, score => Assert.Equal((90, 9, 5), (score.Ratings, score.Raters, score.Clips)));
        Assert.Equal(["ab", "ac", "bc"], result.Comparisons.Select(comparison => comparison.First + comparison.Second));
        Assert.All(result.Comparisons, comparison => Assert.Equal(2.0 / 3, comparison.Difference, 9));
    }

    private static SystemScore Score(StudyResult result, string system, string question) =>
        result.Scores.Single(score => score.System == system && score.Question == question);

    private static Comparison Compared(StudyReport report, string question) =>
        report.Result.Comparisons.Single(comparison => comparison.Question == question);
}
