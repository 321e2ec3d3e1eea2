using MmDiffusion.Evaluation;
using MmDiffusion.Evaluation.Distances;
using MmDiffusion.Evaluation.Reporting;
using Spectre.Console;

namespace MmDiffusion.Cli.Evaluating;

/// <summary>A report at a glance.</summary>
internal static class EvaluationTable
{
    internal static void Write(Terminal terminal, EvaluationReport report, string folder)
    {
        var measures = report.Measures;
        var distances = new Table().Border(TableBorder.Simple).AddColumns(
            "distance", "value", "95% interval", "of infinitely many clips", "95% interval");
        foreach (var (name, distance) in new (string, DistanceEstimate)[]
        {
            ("FVD", measures.Fvd),
            ("KVD", measures.Kvd),
            ("FAD", measures.Fad),
        })
            distances.AddRow(
                name, Number(distance.Value), Range(distance.Interval), Number(distance.AtInfinity), Range(distance.AtInfinityInterval));
        terminal.Output.Write(distances);
        var others = new Table().Border(TableBorder.Simple).AddColumns("", "generated", "95% interval", "real", "95% interval");
        others.AddRow(
            "alignment",
            Number(measures.Alignment.Generated.Score),
            Range(measures.Alignment.Generated.Interval),
            Number(measures.Alignment.Real.Score),
            Range(measures.Alignment.Real.Interval));
        others.AddRow(
            "events together",
            Number(measures.EventMatch.Generated.Score),
            Range(measures.EventMatch.Generated.Interval),
            Number(measures.EventMatch.Real.Score),
            Range(measures.EventMatch.Real.Interval));
        others.AddRow(
            "motion together",
            Number(measures.FlowMatch.Generated.Score),
            Range(measures.FlowMatch.Generated.Interval),
            Number(measures.FlowMatch.Real.Score),
            Range(measures.FlowMatch.Real.Interval));
        others.AddRow(
            "diversity of pictures",
            Number(measures.VideoDiversity.Generated.Score),
            Range(measures.VideoDiversity.Generated.Interval),
            Number(measures.VideoDiversity.Real.Score),
            Range(measures.VideoDiversity.Real.Interval));
        others.AddRow(
            "diversity of sounds",
            Number(measures.AudioDiversity.Generated.Score),
            Range(measures.AudioDiversity.Generated.Interval),
            Number(measures.AudioDiversity.Real.Score),
            Range(measures.AudioDiversity.Real.Interval));
        if (measures.Memorisation is { } memorisation)
            others.AddRow("memorisation (0.5: none)", Number(memorisation.Score), Range(memorisation.Interval), "", "");
        terminal.Output.Write(others);
        if (report.Loss is { } loss)
            terminal.WriteMessage(
                $"the model's loss on clips held out is {Number(loss.Ratio)} times that on clips seen ({Range(loss.RatioInterval)})");
        terminal.WriteResult(Path.Combine(folder, EvaluationReport.PageFile));
    }

    private static string Range(Interval interval) => $"{Number(interval.Lower)} – {Number(interval.Upper)}";

    private static string Number(double value) => ReportNumber.Of(value);
}
