using System.CommandLine;
using System.CommandLine.Invocation;
using MmDiffusion.Cli.Info;

namespace MmDiffusion.Cli;

/// <summary>Prints this program's version; the usual action prints that of whatever process hosts it.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(ProgramVersion.Current);
        return ExitCode.Success;
    }
}
