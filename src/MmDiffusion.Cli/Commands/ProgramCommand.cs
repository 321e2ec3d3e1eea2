using System.CommandLine;

namespace MmDiffusion.Cli.Commands;

/// <summary>A command that does something. It parses, calls the library once and shows the result; failures are exceptions.</summary>
internal abstract class ProgramCommand : Command
{
    /// <summary>Names the command; the derived class adds its arguments and options.</summary>
    protected ProgramCommand(string name, string description, Terminal terminal) : base(name, description)
    {
        Terminal = terminal;
        SetAction(parsed =>
        {
            Run(parsed);
            return ExitCode.Success;
        });
    }

    /// <summary>Shown below the help.</summary>
    internal abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>Where to write.</summary>
    protected Terminal Terminal { get; }

    /// <summary>Does the work of the command.</summary>
    /// <exception cref="MmDiffusionException">The work could not be done.</exception>
    /// <exception cref="OperationCanceledException">The user stopped it.</exception>
    protected abstract void Run(ParseResult parsed);
}
