using MmDiffusion.Evaluation.Reporting;

namespace MmDiffusion.Studio.Web.Pages;

/// <summary>How often each answer was given, as bars; the numbers stand beside it.</summary>
internal static class HistogramPlot
{
    private const int Bar = 20;
    private const int Gap = 4;
    private const int Height = 34;

    internal static Html Draw(IReadOnlyList<int> counts)
    {
        var most = Math.Max(1, counts.Max());
        return Html.Of($"""
            <svg class="histogram" viewBox="0 0 {counts.Count * (Bar + Gap) - Gap} {Height}" preserveAspectRatio="none" aria-hidden="true"
            fill="currentColor">
            {counts.Select((count, index) => Column(index * (Bar + Gap), (double)count / most))}
            </svg>
            """);
    }

    // An answer that nobody gave keeps a line on the ground.
    private static Html Column(int x, double share) =>
        Html.Of($"""<rect x="{x}" width="{Bar}" y="{(Height - 1) * (1 - share):0.#}" height="{1 + (Height - 1) * share:0.#}"/>""");
}
