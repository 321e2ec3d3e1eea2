using System.CommandLine;

namespace MmDiffusion.Cli.Data;

/// <summary><c>mmdiff data</c>: clips to train on.</summary>
internal sealed class DataCommand : Command
{
    internal DataCommand(Terminal terminal) : base("data", "Draw, examine, choose and pack clips to train on.")
    {
        Subcommands.Add(new DataSynthCommand(terminal));
        Subcommands.Add(new DataIndexCommand(terminal));
        Subcommands.Add(new DataDoctorCommand(terminal));
        Subcommands.Add(new DataFilterCommand(terminal));
        Subcommands.Add(new DataPackCommand(terminal));
    }
}
