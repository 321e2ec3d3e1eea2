using System.CommandLine;

namespace MmDiffusion.Cli.Info;

/// <summary><c>mmdiff info</c>: what the program found on this machine.</summary>
internal sealed class InfoCommand : ProgramCommand
{
    internal InfoCommand(Terminal terminal) : base("info", "Show versions, processor, devices, memory and models.", terminal) =>
        Add([CommonOptions.Json]);

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("mmdiff info", "what is installed here, for a look or for a report of a fault"),
        new("mmdiff info --json | jq .processor", "the same for programs"),
    ];

    protected override bool RunsOnRanks => true;

    protected override void Run(ParseResult parsed)
    {
        var report = SystemReport.Collect();
        if (parsed.GetValue(CommonOptions.Json)) Terminal.WriteResult(Json.Serialize(report));
        else SystemReportTable.Write(Terminal.Output, report);
    }
}
