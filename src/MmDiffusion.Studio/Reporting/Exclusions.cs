using System.Globalization;
using MmDiffusion.Media;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Reporting;

/// <summary>Applies the rules that were set before the study.</summary>
internal static class Exclusions
{
    /// <summary>The raters to leave out, each with every reason. Raters without answers are not named.</summary>
    internal static IReadOnlyList<ExcludedRater> Find(StudyRecords records)
    {
        var answers = records.Answers.ToLookup(answer => answer.Rater);
        return [.. records.Raters.Where(rater => answers.Contains(rater.Number))
            .Select(rater => new ExcludedRater(rater.Number, [.. Reasons(records.Study.Plan, rater, [.. answers[rater.Number]])]))
            .Where(rater => rater.Reasons.Count > 0)];
    }

    private static IEnumerable<string> Reasons(StudyPlan plan, RaterRecord rater, List<AnswerRecord> answers)
    {
        var rules = plan.Exclusions;
        var scored = answers.Where(answer => answer.Role == Role.Scored).ToList();
        var failed = answers.Count(answer => answer.Role == Role.Attention && !answer.PassesCheck);
        if (failed > rules.MostFailedChecks)
            yield return $"{Plural.Of(failed, "attention check")} failed, at most {rules.MostFailedChecks} allowed";
        var median = Summary.Median(scored.Select(answer => answer.Seconds));
        if (median < rules.LeastMedianSeconds)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"median time {median:0.##} s, at least {rules.LeastMedianSeconds:0.##} s expected");
        var share = (double)answers.Count / SessionOrder.Of(plan, 0).Count;
        if (!rater.Completed && share < rules.LeastShareAnswered)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{share:0%} answered, at least {rules.LeastShareAnswered:0%} expected");
        var differences = Summary.Repeats(answers)
            .SelectMany(pair => pair.First.Values.Zip(pair.Second.Values, (first, second) => Math.Abs(first - second)))
            .ToList();
        if (differences.Count > 0 && differences.Average() > rules.LargestMeanDifference)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"second answers differ by {differences.Average():0.##} on average, at most {rules.LargestMeanDifference:0.##} allowed");
        if (scored.Count >= rules.IdenticalAnswers && scored.Select(Shown).Distinct().Count() == 1)
            yield return $"all {scored.Count} answers are the same";
        if (rules.RequireHeadphones && !rater.Headphones) yield return "the headphone check was not passed";
    }

    /// <summary>What was chosen on the page.</summary>
    private static string Shown(AnswerRecord answer) => $"{string.Join(' ', answer.Values)} {answer.Swapped && answer.SystemB.Length > 0}";
}
