using System.CommandLine;
using MmDiffusion.Media.Files;
using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Cli.Studies;

/// <summary><c>mmdiff study report</c>: what a study found.</summary>
internal sealed class StudyReportCommand : ProgramCommand
{
    internal StudyReportCommand(Terminal terminal) : base("report", "Write what a study found, as a page and as JSON.", terminal)
    {
        Arguments.Add(StudyArguments.Name);
        Add([StudyArguments.Database, CommonOptions.Output, CommonOptions.Json]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff study report landscape", "out/landscape.html and out/landscape.json"),
        new("mmdiff study report landscape --json | jq .result.scores", "for programs, no files"),
    ];

    protected override void Run(ParseResult parsed)
    {
        var name = parsed.GetRequiredValue(StudyArguments.Name);
        var path = Path.Combine(parsed.GetRequiredValue(CommonOptions.Output).ToString(), StudyReports.FileName(name));
        if (!parsed.GetValue(CommonOptions.Json))
            new KeptFiles(StudyArguments.DatabaseFile(parsed)).Require(path + ".html", path + ".json");
        using var database = StudyDatabase.OpenForReading(parsed.GetRequiredValue(StudyArguments.Database));
        var report = StudyReports.BuildAsync(database, name, Terminal.Stop).GetAwaiter().GetResult();
        if (parsed.GetValue(CommonOptions.Json))
        {
            Terminal.WriteResult(StudyReports.ToJson(report));
            return;
        }

        AtomicFile.WriteText(path + ".html", StudyReports.ToHtml(report));
        AtomicFile.WriteText(path + ".json", StudyReports.ToJson(report));
        Terminal.WritePath(path + ".html");
        Terminal.WritePath(path + ".json");
    }
}
