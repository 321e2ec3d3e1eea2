using MmDiffusion.Evaluation;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Media;
using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Web.Pages;

/// <summary>A report for people.</summary>
internal static class StudyReportPage
{
    /// <param name="report">What to show.</param>
    /// <param name="standalone">Whether the page is a file, which holds its own style.</param>
    internal static Html Of(StudyReport report, bool standalone)
    {
        var title = $"Study {report.Study}";
        var body = Html.Of($"""
            <h1>{title}</h1>
            <p class="lead">{Describe(report.Plan)} Made on {report.CreatedAt.UtcDateTime:yyyy-MM-dd}.</p>
            <dl class="figures">
            {Figure("Joined", report.Joined)}{Figure("Sound works", report.SoundPassed)}{Figure("Headphones", report.Headphones)}
            {Figure("Completed", report.Completed)}{Figure("Left out", report.Excluded.Count)}
            {Figure("Ratings kept", report.Result.Ratings)}
            </dl>
            <section><h2>Result</h2>
            <p>Without the raters that the rules below leave out.</p>
            {Result(report.Plan.Kind, report.Result)}</section>
            <section><h2>Left out</h2>{Rules(report.Plan.Exclusions)}{Excluded(report)}</section>
            <section><h2>Result with everybody</h2>{Result(report.Plan.Kind, report.ResultOfAll)}</section>
            <footer><p>Intervals hold the value with 95% confidence over other raters and other clips, both redrawn (bootstrap). p is
            corrected for all comparisons after Holm. α is Krippendorff’s.</p></footer>
            """);
        return standalone ? File(title, body) : Layout.Of(title, body, wide: true);
    }

    private static Html File(string title, Html body) => Html.Of($"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{title}</title>
        <style>{Html.Style(Assets.Text("study.css"))}</style></head>
        <body><main class="wide">{body}</main></body></html>
        """);

    private static Html Result(StudyKind kind, StudyResult result) =>
        result.Ratings == 0 ? Html.Of($"<p>There are no ratings.</p>") : Html.Of($"""
            {result.Scores.GroupBy(score => score.Question).Select(group => Question(kind, group.Key, [.. group]))}
            {Comparisons(kind, result.Comparisons)}
            <p>{Plural.Of(result.Raters, "rater")} gave {Plural.Of(result.Ratings, "rating")}, {result.MedianSeconds:0.#} s after the end of
            the clip (median).
            {result.Agreement.Select(agreement => AgreementOf(kind, agreement))}
            {ConsistencyOf(kind, result.Consistency)}
            {Plural.Of(result.ChecksShown, "attention check")} shown, {result.ChecksFailed} failed.</p>
            """);

    private static Html AgreementOf(StudyKind kind, Agreement agreement)
    {
        var question = kind == StudyKind.Pairwise ? "the better clip" : agreement.Question.Replace('_', ' ');
        return Html.Of($"Agreement on {question}: α = {Number(agreement.Alpha)} ({agreement.Scale}). ");
    }

    private static Html ConsistencyOf(StudyKind kind, Consistency consistency)
    {
        if (consistency.SameShare is not { } same) return Html.Empty;
        var repeats = Plural.Of(consistency.Repeats, kind == StudyKind.Pairwise ? "pair" : "clip");
        return Html.Of($"""
            Of {repeats} rated twice, {same:0%} of the answers were the same, {Number(consistency.MeanDifference)} apart on average.

            """);
    }

    private static Html Question(StudyKind kind, string question, List<SystemScore> scores) => Html.Of($"""
        <h3>{Words(question)}</h3>
        <div class="card scroll" tabindex="0" role="group" aria-label="{Words(question)}">
        {ScorePlot.Draw(scores, kind == StudyKind.Mos ? 1 : 0, kind == StudyKind.Mos ? 5 : 1, $"{Words(question)} by system")}
        <table><thead><tr><th scope="col">System</th><th scope="col" class="number">{(kind == StudyKind.Mos ? "MOS" : "Share")}</th>
        <th scope="col" class="number">95% interval</th><th scope="col" class="number">Ratings</th>
        <th scope="col" class="number">Raters</th><th scope="col" class="number">Clips</th><th scope="col">{HistogramTitle(kind)}</th></tr>
        </thead>
        <tbody>{scores.Select(score => Html.Of($"""
            <tr><th scope="row">{score.System}</th><td class="number">{score.Value:0.00}</td><td class="number">{Range(score.Interval)}</td>
            <td class="number">{score.Ratings}</td><td class="number">{score.Raters}</td><td class="number">{score.Clips}</td>
            <td>{HistogramPlot.Draw(score.Histogram)}{string.Join(" · ", score.Histogram)}</td></tr>
            """))}</tbody></table></div>
        """);

    private static Html Comparisons(StudyKind kind, IReadOnlyList<Comparison> comparisons) =>
        comparisons.Count == 0 ? Html.Empty : Html.Of($"""
            <h3>Between systems</h3>
            <div class="card scroll" tabindex="0" role="group" aria-label="Between systems"><table><thead><tr><th scope="col">Systems</th>
            <th scope="col">Question</th><th scope="col"
            class="number">{(kind == StudyKind.Pairwise ? "Prefer the first" : "Difference")}</th>
            <th scope="col" class="number">95% interval</th><th scope="col" class="number">p, corrected</th></tr></thead>
            <tbody>{comparisons.Select(comparison => Html.Of($"""
                <tr><th scope="row">{comparison.First} – {comparison.Second}</th><td>{Words(comparison.Question)}</td>
                <td class="number">{comparison.Difference:0.00}</td><td class="number">{Range(comparison.Interval)}</td>
                <td class="number">{Probability(comparison.CorrectedP)}</td></tr>
                """))}</tbody></table></div>
            """);

    private static Html Rules(ExclusionRules rules) => Html.Of($"""
        <p>Set before the study: at most {Plural.Of(rules.MostFailedChecks, "attention check")} failed; a median of at least
        {rules.LeastMedianSeconds:0.##} s for an
        answer;{(rules.LeastShareAnswered > 0 ? Html.Of($" at least {rules.LeastShareAnswered:0%} answered;") : Html.Empty)} second answers
        at most {rules.LargestMeanDifference:0.##} apart on average; not {rules.IdenticalAnswers} or more answers all the
        same{(rules.RequireHeadphones ? "; headphones" : "")}.</p>
        """);

    private static Html Excluded(StudyReport report) => report.Excluded.Count == 0 ? Html.Of($"<p>Nobody is left out.</p>") : Html.Of($"""
        <div class="card scroll" tabindex="0" role="group" aria-label="Left out"><table><thead><tr><th scope="col">Rater</th>
        <th scope="col">Why</th></tr></thead>
        <tbody>{report.Excluded.Select(rater => Html.Of($"""
            <tr><th scope="row">{rater.Rater}</th><td>{string.Join("; ", rater.Reasons)}</td></tr>
            """))}</tbody></table></div>
        """);

    private static Html Figure(string title, int value) => Html.Of($"<div><dt>{title}</dt><dd>{value}</dd></div>");

    private static string Describe(StudyPlan plan) => plan.Kind switch
    {
        StudyKind.Mos => $"Mean opinion scores from 1 to 5, {Plural.Of(plan.RatersPerClip, "rater")} for each clip.",
        StudyKind.Turing =>
            $"Turing test: the share of votes “can’t be determined” or “real”, "
                + $"{Plural.Of(plan.RatersPerClip, "rater")} for each clip.",
        _ => $"Comparison in pairs, {Plural.Of(plan.RatersPerClip, "rater")} for each pair.",
    };

    private static string HistogramTitle(StudyKind kind) => kind switch
    {
        StudyKind.Mos => "1 · 2 · 3 · 4 · 5",
        StudyKind.Turing => "Machine · undetermined · real",
        _ => "Not preferred · preferred",
    };

    private static string Words(string name) => char.ToUpperInvariant(name[0]) + name[1..].Replace('_', ' ');

    private static string Range(Interval? interval) =>
        interval is { } known ? FormattableString.Invariant($"{known.Lower:0.00} to {known.Upper:0.00}") : "unknown";

    private static string Number(double? value) => value is { } known ? FormattableString.Invariant($"{known:0.00}") : "unknown";

    private static string Probability(double? value) => value switch
    {
        null => "unknown",
        < 0.0001 => "< 0.0001",
        { } known => FormattableString.Invariant($"{known:0.0000}"),
    };
}
