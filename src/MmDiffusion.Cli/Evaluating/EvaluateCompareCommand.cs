using System.CommandLine;
using System.Text.Json.Nodes;
using MmDiffusion.Evaluation;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Media.Files;
using Spectre.Console;

namespace MmDiffusion.Cli.Evaluating;

/// <summary><c>mmdiff evaluate compare</c>: evaluations side by side.</summary>
internal sealed class EvaluateCompareCommand : ProgramCommand
{
    private readonly Argument<string[]> _reports = new("REPORT")
    {
        Description = "Reports that 'mmdiff evaluate' wrote, or the folders that they are in",
        Arity = ArgumentArity.OneOrMore,
    };

    internal EvaluateCompareCommand(Terminal terminal)
        : base("compare", "Compare evaluations of several models, samplers or numbers of steps by one protocol.", terminal)
    {
        Arguments.Add(_reports);
        Add([CommonOptions.Output, CommonOptions.Json]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff evaluate compare reports/ddim-25 reports/unipc-10", "a table, and a page with plots"),
    ];

    protected override void Run(ParseResult parsed)
    {
        var comparison = ReportComparison.Read(parsed.GetRequiredValue(_reports));
        var output = parsed.GetRequiredValue(CommonOptions.Output).ToString();
        new KeptFiles(parsed.GetRequiredValue(_reports).Select(path =>
            Directory.Exists(path) ? Path.Combine(path, EvaluationReport.JsonFile) : path))
            .Require(Path.Combine(output, ReportComparison.PageFile));
        comparison.Write(output);
        if (parsed.GetValue(CommonOptions.Json))
        {
            Terminal.WriteResult(Json.Serialize(new JsonArray([.. comparison.Reports.Select(Entry)])));
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns(
            "clips", "number", "FVD", "KVD", "FAD", "alignment", "events together", "motion together");
        foreach (var report in comparison.Reports)
        {
            table.AddRow([
                .. new[] { FileNames.Printable(report.Label), $"{report.Generated.Clips}" }.Select(Markup.Escape),
                .. Figures(report).Select(figure =>
                    $"{ReportNumber.Of(figure.Value)} ({ReportNumber.Of(figure.Interval.Lower)} – "
                    + $"{ReportNumber.Of(figure.Interval.Upper)})"),
            ]);
        }
        Terminal.Output.Write(table);
        Terminal.WritePath(Path.Combine(output, ReportComparison.PageFile));
    }

    private static IEnumerable<(string Name, double Value, Interval Interval)> Figures(EvaluationReport report)
    {
        var measures = report.Measures;
        yield return ("fvd", measures.Fvd.Value, measures.Fvd.Interval);
        yield return ("kvd", measures.Kvd.Value, measures.Kvd.Interval);
        yield return ("fad", measures.Fad.Value, measures.Fad.Interval);
        yield return ("alignment", measures.Alignment.Generated.Score, measures.Alignment.Generated.Interval);
        yield return ("event_match", measures.EventMatch.Generated.Score, measures.EventMatch.Generated.Interval);
        yield return ("flow_match", measures.FlowMatch.Generated.Score, measures.FlowMatch.Generated.Interval);
    }

    private static JsonNode Entry(EvaluationReport report)
    {
        var entry = new JsonObject { ["label"] = report.Label, ["clips"] = report.Generated.Clips };
        foreach (var (name, value, interval) in Figures(report))
            entry[name] = new JsonObject { ["value"] = value, ["interval"] = new JsonArray(interval.Lower, interval.Upper) };
        return entry;
    }
}
