using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Tests.Reporting;
using MmDiffusion.Studio.Web.Pages;

namespace MmDiffusion.Studio.Tests.Web;

[Trait("group", "unit")]
public sealed class WordingTests
{
    private static readonly StudyPlan Small = new() { RatersPerClip = 1, ClipsPerRater = 1, AttentionChecks = 0, Duplicates = 0 };

    [Fact]
    public void A_report_counts_one_rater_as_one()
    {
        var page = Report(Small, MadeRecords.Answer(1, "ours", 0, 3, 4, 5));
        Assert.Contains("1 rater gave 1 rating, 3 s after the end of the clip", page, StringComparison.Ordinal);
        Assert.Contains("1 rater for each clip", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" 1 raters", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_names_only_rules_that_leave_somebody_out()
    {
        Assert.DoesNotContain("0% answered", Report(Small), StringComparison.Ordinal);
        Assert.Contains(
            "at least 90% answered",
            Report(Small with { Exclusions = new ExclusionRules { LeastShareAnswered = 0.9 } }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Consent_speaks_of_attention_checks_where_there_are_some()
    {
        Assert.DoesNotContain("tell you what to choose", Consent(Small), StringComparison.Ordinal);
        Assert.Contains("hear 1 short clip and", Consent(Small), StringComparison.Ordinal);
        Assert.Contains("tell you what to choose", Consent(Small with { AttentionChecks = 1 }), StringComparison.Ordinal);
        Assert.Contains(
            "hear 2 pairs of short clips and",
            Consent(Small with { Kind = StudyKind.Pairwise, AttentionChecks = 1 }),
            StringComparison.Ordinal);
    }

    private static string Report(StudyPlan plan, params IEnumerable<AnswerRecord> answers) =>
        AsShown(StudyReports.ToHtml(ReportBuilder.Build(MadeRecords.Of(plan, answers))));

    private static string Consent(StudyPlan plan) => AsShown(ConsentPage.Of(MadeRecords.Of(plan).Study, "").ToString());

    /// <summary>Line breaks are blanks, as in a browser.</summary>
    private static string AsShown(string page) => string.Join(' ', page.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
