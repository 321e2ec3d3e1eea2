using System.CommandLine;

namespace MmDiffusion.Cli.Checkpoints;

/// <summary><c>mmdiff checkpoint</c>: what can be done with published weights.</summary>
internal sealed class CheckpointCommand : Command
{
    internal CheckpointCommand(Terminal terminal) : base("checkpoint", "Import, look into and verify files of weights.")
    {
        Add(new CheckpointAverageCommand(terminal));
        Add(new CheckpointImportCommand(terminal));
        Add(new CheckpointInfoCommand(terminal));
        Add(new CheckpointVerifyCommand(terminal));
    }
}
