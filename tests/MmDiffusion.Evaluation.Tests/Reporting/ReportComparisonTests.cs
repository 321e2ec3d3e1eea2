using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests.Reporting;

[Trait("group", "unit")]
public sealed class ReportComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(string name, EvaluationReport report)
    {
        report.Write(_folder[name]);
        return _folder[name];
    }

    private string Refuse(EvaluationReport other) => Assert.ThrowsAny<MmDiffusionException>(
        () => ReportComparison.Read([Write("a", Reports.Make()), Write("b", other)])).Message;

    [Fact]
    public void Reports_of_one_protocol_stand_side_by_side()
    {
        var comparison = ReportComparison.Read([Write("a", Reports.Make(1)), Write("b", Reports.Make(2)), Write("c", Reports.Make(2))]);
        Assert.Equal(["model 1 <b>", "model 2 <b>", "model 2 <b> (2)"], comparison.Reports.Select(report => report.Label));
        comparison.Write(_folder["page"]);
        var page = File.ReadAllText(Path.Combine(_folder["page"], ReportComparison.PageFile));
        Assert.Contains("<th scope=\"row\">model 1 &lt;b&gt;</th>", page, StringComparison.Ordinal);
        Assert.Contains(ReportNumber.Of(comparison.Reports[1].Measures.Fvd.Value), page, StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_that_depend_on_other_things_are_refused_by_what_differs()
    {
        var report = Reports.Make() with { Comparability = new string('0', 64) };
        Assert.Contains("differ in settings", Refuse(report), StringComparison.Ordinal);
        Assert.Contains(
            "their video extractors differ",
            Refuse(report with { VideoExtractor = new ExtractorRecord("other", new string('1', 64), null) }),
            StringComparison.Ordinal);
        Assert.Contains(
            "their audio extractors differ",
            Refuse(report with { AudioExtractor = new ExtractorRecord("other", new string('1', 64), null) }),
            StringComparison.Ordinal);
        Assert.Contains(
            "16 frames of 8x8",
            Refuse(report with { Shape = new MeasuredShape(64, 64, 10, 16, 16_000) }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_against_other_real_clips_are_refused()
    {
        var report = Reports.Make();
        Assert.Contains(
            "different real clips",
            Refuse(report with { Real = report.Real with { Digest = new string('0', 64) } }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void One_report_is_nothing_to_compare() =>
        Assert.Contains(
            "1 report was given",
            Assert.ThrowsAny<MmDiffusionException>(() => ReportComparison.Read(["a"])).Message,
            StringComparison.Ordinal);
}
