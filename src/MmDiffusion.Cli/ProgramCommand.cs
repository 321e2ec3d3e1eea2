using System.CommandLine;
using System.Runtime.InteropServices;
using MmDiffusion.Collectives;
using MmDiffusion.Distributed;
using MmDiffusion.Media;
using MmDiffusion.Media.FfmpegProgram;

namespace MmDiffusion.Cli;

/// <summary>A command that does something. It parses, calls the library once and shows the result; failures are exceptions.</summary>
internal abstract class ProgramCommand : Command
{
    /// <summary>Names the command; the derived class adds its arguments and options.</summary>
    protected ProgramCommand(string name, string description, Terminal terminal) : base(name, description)
    {
        Terminal = terminal;
        SetAction(parsed =>
        {
            if (Ranks.Count > 1 && !RunsOnRanks) RefuseRanks();
            if (OperatingSystem.IsLinux() && ProcessLimits.OpenSslFault(name => NativeLibrary.TryLoad(name, out _)) is { } fault)
                throw new MmDiffusionException(fault);
            if (Ranks.IsFirst && NeedsFfmpeg(parsed)) Ffmpeg.Require();
            Run(parsed);
            return ExitCode.Success;
        });
    }

    /// <summary>Shown below the help.</summary>
    internal abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>Where to write.</summary>
    protected Terminal Terminal { get; }

    /// <summary>Whether several ranks may run it: they share its work, or do not get in each other's way.</summary>
    protected virtual bool RunsOnRanks => false;

    /// <summary>Whether the command reads or writes media, so that work without ffmpeg would be for nothing.</summary>
    protected virtual bool NeedsFfmpeg(ParseResult parsed) => false;

    /// <summary>Adds options, family by family, in the order of the help.</summary>
    protected void Add(IEnumerable<Option> options)
    {
        foreach (var option in options) Options.Add(option);
    }

    /// <summary>Does the work of the command.</summary>
    /// <exception cref="MmDiffusionException">The work could not be done.</exception>
    /// <exception cref="OperationCanceledException">The user stopped it.</exception>
    protected abstract void Run(ParseResult parsed);

    private void RefuseRanks()
    {
        var message = $"'{CommandLine.PathOf(this)}' is the work of one process, but mpirun started {Ranks.Count}; start it without mpirun";
        throw Ranks.IsFirst ? new MmDiffusionException(message) : new RankLostException(message);
    }
}

/// <summary>A command line to learn from, shown by <c>--help</c>.</summary>
internal sealed record Example(string CommandLine, string Meaning);
