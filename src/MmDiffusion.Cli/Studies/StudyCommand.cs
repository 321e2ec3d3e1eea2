using System.CommandLine;

namespace MmDiffusion.Cli.Studies;

/// <summary><c>mmdiff study</c>: what people think of clips.</summary>
internal sealed class StudyCommand : Command
{
    internal StudyCommand(Terminal terminal) : base("study", "Ask people what they think of clips.")
    {
        Subcommands.Add(new StudyCreateCommand(terminal));
        Subcommands.Add(new StudyServeCommand(terminal));
        Subcommands.Add(new StudyReportCommand(terminal));
        Subcommands.Add(new StudyExportCommand(terminal));
        Subcommands.Add(new StudyDemoCommand(terminal));
    }
}
