using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Studio.Reporting;

namespace MmDiffusion.Studio.Web.Pages;

/// <summary>Values with their intervals, one line for each system.</summary>
internal static class ScorePlot
{
    private const int Width = 720;
    private const int Line = 34;
    private const int Left = 150;
    private const int Right = 20;

    internal static Html Draw(IReadOnlyList<SystemScore> scores, double lowest, double highest, string title)
    {
        var height = Line * scores.Count + 30;
        var ticks = Enumerable.Range(0, 5).Select(index => lowest + (highest - lowest) * index / 4);
        return Html.Of($"""
            <svg class="bars plot" viewBox="0 0 {Width} {height}" role="img" aria-label="{title}" font-size="14" fill="currentColor">
            {ticks.Select(tick => Html.Of($"""
                <line x1="{X(tick):0.#}" x2="{X(tick):0.#}" y1="4" y2="{height - 24}" stroke="currentColor" stroke-opacity=".18"/><text
                x="{X(tick):0.#}" y="{height - 6}" text-anchor="middle" fill-opacity=".75">{tick:0.##}</text>
                """))}
            {scores.Select((score, index) => Row(score, index * Line + Line / 2 + 4))}
            </svg>
            """);

        double X(double value) => Left + (value - lowest) / (highest - lowest) * (Width - Left - Right);

        Html Row(SystemScore score, int y) => Html.Of($"""
            <text x="{Left - 12}" y="{y + 5}" text-anchor="end">{Short(score.System)}</text>
            {(score.Interval is { } interval ? Html.Of($"""
                <line x1="{X(interval.Lower):0.#}" x2="{X(interval.Upper):0.#}" y1="{y}" y2="{y}" stroke="currentColor" stroke-width="8"
                stroke-opacity=".32" stroke-linecap="round"/>
                """) : Html.Empty)}
            <circle cx="{X(score.Value):0.#}" cy="{y}" r="6"/>
            """);
    }

    private static string Short(string name) => name.Length <= 18 ? name : name[..17] + "…";
}
