using System.Text.Json;
using MmDiffusion.Data.Doctor;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using Spectre.Console;

namespace MmDiffusion.Cli.Data;

/// <summary>Shows a <see cref="DoctorReport"/>.</summary>
internal static class DoctorReportTable
{
    internal static void Write(IAnsiConsole console, DoctorReport report)
    {
        if (report.Findings.Count > 0)
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("", "file", "what", "found", "other file");
            foreach (var finding in report.Findings)
            {
                table.AddRow(
                    finding.IsError ? new Text("error", new Style(Color.Red)) : new Text("warning", new Style(Color.Yellow)),
                    Name(Files(finding)),
                    new Text(Words(finding.Kind).Replace('_', ' ')),
                    Name(finding.Detail),
                    Name(finding.Other ?? ""));
            }
            console.Write(table);
        }
        console.Write(new Text(
            $"{Plural.Of(report.Files, "file")} examined: {Plural.Of(report.Errors, "error")}, {Plural.Of(report.Warnings, "warning")}\n"));
    }

    internal static object ForPrograms(DoctorReport report) => new
    {
        report.Files,
        report.Errors,
        report.Warnings,
        Findings = report.Findings.Select(finding =>
            new
            {
                finding.Path,
                Kind = Words(finding.Kind),
                finding.IsError,
                finding.HeldOut,
                finding.Detail,
                finding.Other,
                finding
                .More
            }),
    };

    private static string Files(Finding finding)
    {
        const int mostNames = 4;
        var more = finding.More.Count switch
        {
            0 => "",
            <= mostNames => $", {string.Join(", ", finding.More)}",
            _ =>
                FormattableString.Invariant(
                    $", {string.Join(", ", finding.More.Take(mostNames))} and {finding.More.Count - mostNames} more"),
        };
        return $"{finding.Path}{more}{(finding.HeldOut ? " (held out)" : "")}";
    }

    private static Text Name(string text) => new(FileNames.Printable(text));

    private static string Words(FindingKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName($"{kind}");
}
