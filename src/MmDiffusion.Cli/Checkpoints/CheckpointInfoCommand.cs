using System.CommandLine;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Checkpoints;

/// <summary><c>mmdiff checkpoint info</c>: what a file of weights holds.</summary>
internal sealed class CheckpointInfoCommand : ProgramCommand
{
    internal CheckpointInfoCommand(Terminal terminal) : base("info", "Show what a file of weights or a model's folder holds.", terminal)
    {
        Arguments.Add(CheckpointArguments.FileOrFolder);
        Add([CheckpointArguments.Section, CommonOptions.Json]);
    }

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff checkpoint info landscape.pt", "its format, its size, its sections, and which preset it fits"),
        new("mmdiff checkpoint info models/landscape --json", "a model's folder, for programs"),
    ];

    protected override void Run(ParseResult parsed)
    {
        var report = CheckpointInspector.Inspect(
            parsed.GetRequiredValue(CheckpointArguments.FileOrFolder),
            parsed.GetValue(CheckpointArguments.Section));
        if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(Json.Serialize(report));
        else CheckpointReportTable.Write(Terminal.Output, report);
    }
}
