using MmDiffusion.Evaluation.Reporting;

namespace MmDiffusion.Evaluation.Tests.Reporting;

[Trait("group", "unit")]
public class NoticeTests
{
    private static readonly EvaluationReport Report = Reports.Make();

    [Fact]
    public void A_set_against_itself_is_said_whatever_its_folder_is_called()
    {
        var notice = Assert.Single(
            (Report with { Generated = Report.Real with { Folder = "elsewhere" }, Shared = Report.Real.Clips }).Notices());
        Assert.StartsWith("The generated clips are the real ones, byte for byte", notice, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_clips_among_the_generated_ones_are_counted() =>
        Assert.StartsWith(
            "3 of the 24 generated clips have the bytes of a real one",
            Assert.Single((Report with { Shared = 3 }).Notices()),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(24, 24, 25, true)]
    [InlineData(24, 24, 24, false)]
    [InlineData(24, 100, 50, true)]
    [InlineData(100, 24, 50, true)]
    [InlineData(100, 100, 50, false)]
    [InlineData(2, 2, null, false)]
    public void Fewer_clips_than_features_are_said(int real, int generated, int? dimensions, bool said)
    {
        var report = Report with
        {
            Real = Report.Real with { Clips = real },
            Generated = Report.Generated with { Clips = generated },
            VideoExtractor = Report.VideoExtractor with { Dimensions = dimensions },
        };
        Assert.Equal(
            said,
            report.Notices().Any(notice =>
                notice.StartsWith(
                    $"FVD compares {dimensions} features, but a set has only {Math.Min(real, generated)} clips",
                    StringComparison.Ordinal)));
        Assert.Equal(said ? 1 : 0, report.Notices().Count());
        report = report with
        {
            VideoExtractor = Report.VideoExtractor,
            AudioExtractor = Report.AudioExtractor with { Dimensions = dimensions },
        };
        Assert.Equal(said, report.Notices().Any(notice => notice.StartsWith("FAD compares", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_usual_report_has_nothing_to_say() => Assert.Empty(Report.Notices());
}
