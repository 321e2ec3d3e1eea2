using System.CommandLine;
using MmDiffusion.Studio.Reporting;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Cli.Studies;

/// <summary><c>mmdiff study export</c>: every answer of a study.</summary>
internal sealed class StudyExportCommand : ProgramCommand
{
    internal StudyExportCommand(Terminal terminal) : base("export", "Print every answer of a study as comma-separated values.", terminal)
    {
        Arguments.Add(StudyArguments.Name);
        Add([StudyArguments.Database]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff study export landscape > answers.csv", "a table for your own statistics"),
    ];

    protected override void Run(ParseResult parsed)
    {
        using var database = StudyDatabase.OpenForReading(parsed.GetRequiredValue(StudyArguments.Database));
        Terminal.WriteResult(StudyReports.ExportAsync(database, parsed.GetRequiredValue(StudyArguments.Name), Terminal.Stop)
            .GetAwaiter()
            .GetResult()
            .TrimEnd());
    }
}
