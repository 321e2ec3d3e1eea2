using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests.Reporting;

[Trait("group", "unit")]
public sealed class EvaluationReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_report_is_read_as_it_was_written()
    {
        var report = Reports.Make();
        report.Write(_folder["report"]);
        Assert.Equal(report.ToJson(), EvaluationReport.Read(_folder["report"]).ToJson());
        Assert.Equal(report.ToJson(), EvaluationReport.Read(Path.Combine(_folder["report"], "report.json")).ToJson());
    }

    [Fact]
    public void A_file_that_is_no_report_is_refused()
    {
        File.WriteAllText(_folder["other.json"], "{ \"name\": 1 }");
        Assert.Contains(
            "is no report of an evaluation",
            Assert.ThrowsAny<MmDiffusionException>(() => EvaluationReport.Read(_folder["other.json"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "cannot read",
            Assert.ThrowsAny<MmDiffusionException>(() => EvaluationReport.Read(_folder["missing"])).Message,
            StringComparison.Ordinal);
        File.WriteAllText(_folder["old.json"], Reports.Make().ToJson().Replace("\"format\": 2", "\"format\": 1", StringComparison.Ordinal));
        Assert.Contains(
            "its format is 1, expected 2",
            Assert.ThrowsAny<MmDiffusionException>(() => EvaluationReport.Read(_folder["old.json"])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1234.5, "1234")]
    [InlineData(117.2, "117.2")]
    [InlineData(12.345, "12.35")]
    [InlineData(0.5, "0.500")]
    [InlineData(-0.026, "-0.026")]
    [InlineData(0.000123, "0.00012")]
    [InlineData(-0.00000001, "0")]
    [InlineData(0, "0")]
    public void Figures_have_digits_that_matter(double value, string text) => Assert.Equal(text, ReportNumber.Of(value));
}
