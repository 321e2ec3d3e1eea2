using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Tests.Reporting;

[Trait("group", "unit")]
public sealed class ExclusionsTests
{
    private static readonly StudyPlan Plan = new() { ClipsPerRater = 12, AttentionChecks = 1, Duplicates = 1 };

    [Fact]
    public void Who_keeps_to_the_rules_stays() => Assert.Empty(Exclusions.Find(MadeRecords.Of(Plan, Good())));

    [Fact]
    public void Failing_an_attention_check() =>
        Expect(
            "1 attention check failed",
            Good().Append(MadeRecords.Answer(1, "", 0, 3, 3, 4) with { Role = Role.Attention, Expected = 3 }));

    [Fact]
    public void Answering_faster_than_one_can_think() =>
        Expect("median time 0.4 s", Good().Select(answer => answer with { Seconds = 0.4 }));

    [Fact]
    public void Contradicting_oneself() =>
        Expect("second answers differ by 3", Good().Append(MadeRecords.Answer(1, "a", 0, 5, 5, 5) with { Role = Role.Duplicate }));

    [Fact]
    public void Giving_the_same_answer_always() =>
        Expect("all 12 answers are the same", Good().Select(answer => answer with { Values = [3, 3, 3] }));

    [Fact]
    public void Leaving_early_where_the_study_says_so()
    {
        var records = MadeRecords.Of(Plan with { Exclusions = new ExclusionRules { LeastShareAnswered = 0.9 } }, Good());
        Assert.Empty(Exclusions.Find(records));
        Assert.StartsWith(
            "86% answered",
            Reason(records with { Raters = [records.Raters[0] with { Completed = false }] }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Hearing_without_headphones_where_the_study_says_so()
    {
        var records = MadeRecords.Of(Plan, Good()) is var made
            ? made with { Raters = [made.Raters[0] with { Headphones = false }] }
            : null!;
        Assert.Empty(Exclusions.Find(records));
        var strict = MadeRecords.Of(Plan with { Exclusions = new ExclusionRules { RequireHeadphones = true } }, Good());
        Assert.Equal("the headphone check was not passed", Reason(strict with { Raters = records.Raters }));
    }

    private static IEnumerable<AnswerRecord> Good() =>
        Enumerable.Range(0, 12).Select(clip => MadeRecords.Answer(1, "a", clip, 2, clip % 5 + 1, 2));

    private static void Expect(string reason, IEnumerable<AnswerRecord> answers) =>
        Assert.Contains(reason, Reason(MadeRecords.Of(Plan, answers)), StringComparison.Ordinal);

    private static string Reason(StudyRecords records) => Assert.Single(Assert.Single(Exclusions.Find(records)).Reasons);
}
