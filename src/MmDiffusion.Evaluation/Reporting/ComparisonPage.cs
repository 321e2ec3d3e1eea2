using MmDiffusion.Evaluation.Measures;
using ScottPlot.TickGenerators;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>Several reports as one page.</summary>
internal static class ComparisonPage
{
    private const int PlotHeight = 300;
    private const int LongestLabel = 14;

    /// <summary>What is compared: name, whether more is better, value and interval.</summary>
    private static readonly (string Name, string Better, Func<ClipMeasures, (double Value, Interval Interval)> Of)[] Columns =
    [
        ("FVD", "less", measures => (measures.Fvd.Value, measures.Fvd.Interval)),
        ("KVD", "less", measures => (measures.Kvd.Value, measures.Kvd.Interval)),
        ("FAD", "less", measures => (measures.Fad.Value, measures.Fad.Interval)),
        ("Alignment", "more", measures => (measures.Alignment.Generated.Score, measures.Alignment.Generated.Interval)),
        ("Events together", "more", measures => (measures.EventMatch.Generated.Score, measures.EventMatch.Generated.Interval)),
        ("Motion together", "more", measures => (measures.FlowMatch.Generated.Score, measures.FlowMatch.Generated.Interval)),
    ];

    internal static Html Of(IReadOnlyList<EvaluationReport> reports)
    {
        var first = reports[0];
        return PageFrame.Of("Comparison of evaluations", Html.Of($"""
            <h1>Comparison of {reports.Count} evaluations</h1>
            <p class="lead">By the protocol “{first.Protocol.Name}”, against the same {first.Real.Clips} real clips.</p>
            {(first.Protocol.Note is { } note ? Html.Of($"""<p class="note">This protocol: {note}.</p>""") : Html.Empty)}
            <div class="card scroll"><table><thead><tr><th scope="col">Clips</th>
            <th scope="col" class="number">Number</th>{Columns.Select(column => Html.Of($"""
                <th scope="col" class="number">{column.Name}<br><span class="soft">{column.Better} is better</span></th>
                """))}</tr></thead>
            <tbody>{reports.Select(report => Html.Of($"""
                <tr><th scope="row">{report.Label}</th><td
                class="number">{report.Generated.Clips}</td>{Columns.Select(column => Cell(column.Of(report.Measures)))}</tr>
                """))}</tbody></table></div>
            {(reports.Select(report => report.Generated.Clips).Distinct().Count() > 1 ? Html.Of($"""
                <p class="note">The numbers of clips differ, and a Fréchet distance falls with the number: compare what infinitely many
                clips would give, in the reports.</p>
                """) : Html.Empty)}
            <div class="grid">{Columns.Select(column => Html.Of($"""
                <figure class="card"><h3>{column.Name}, {column.Better} is better</h3>{Plot(reports, column.Name, column.Of)}</figure>
                """))}</div>
            <footer><p>Values with their 95% intervals. All that must agree: <code>{first.Comparability}</code>. Real clips:
            <code>{first.Real.Digest}</code>.</p></footer>
            """));
    }

    private static Html Cell((double Value, Interval Interval) figure) =>
        Html.Of(
            $"""<td class="number">{ReportNumber.Of(figure.Value)}<br><span class="soft">{PageFrame.Range(figure.Interval)}</span></td>""");

    private static Html Plot(IReadOnlyList<EvaluationReport> reports, string name, Func<ClipMeasures, (double Value, Interval Interval)> of)
    {
        var plot = PlotStyle.Start("", name);
        var figures = reports.Select(report => of(report.Measures)).ToList();
        for (var i = 0; i < figures.Count; i++)
        {
            var line = plot.Add.Line(i, figures[i].Interval.Lower, i, figures[i].Interval.Upper);
            (line.LineColor, line.LineWidth) = (PlotStyle.GeneratedColour.WithAlpha(0.35), 8);
        }
        var values = plot.Add.Scatter(
            figures.Select((_, i) => (double)i).ToArray(),
            figures.Select(figure => figure.Value).ToArray(),
            PlotStyle.GeneratedColour);
        (values.MarkerSize, values.LineWidth) = (9, 0);
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. figures.Select((_, i) => (double)i)],
            [.. reports.Select(report => ShortName.Of(report.Label, LongestLabel))]);
        plot.Axes.SetLimitsX(-0.5, figures.Count - 0.5);
        return plot.Image(
            $"{name} of {string.Join(", ", reports.Select(report => $"{report.Label}: {ReportNumber.Of(of(report.Measures).Value)}"))}",
            PlotHeight);
    }
}
