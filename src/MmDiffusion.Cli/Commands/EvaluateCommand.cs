using System.CommandLine;

namespace MmDiffusion.Cli.Commands;

/// <summary><c>mmdiff evaluate</c>: how good clips are.</summary>
internal sealed class EvaluateCommand : Command
{
    internal EvaluateCommand(Terminal terminal) : base("evaluate", "Measure how good generated clips are.")
    {
        Subcommands.Add(new EvaluateAlignmentCommand(terminal));
        Subcommands.Add(new EvaluateEventsCommand(terminal));
        Subcommands.Add(new EvaluateTrainExtractorsCommand(terminal));
        Subcommands.Add(new EvaluateUpscalerCommand(terminal));
    }
}
