using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MmDiffusion.Cli;

/// <summary>The usual help, followed by the command's examples.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var status = usual.Invoke(parseResult);
        var command = parseResult.CommandResult.Command;
        var examples = command is ProgramCommand own
            ? own.Examples
            : [.. command.Subcommands.OfType<ProgramCommand>().SelectMany(child => child.Examples.Take(1))];
        if (examples.Count == 0) return status;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        var width = examples.Max(example => example.CommandLine.Length);
        foreach (var example in examples) output.WriteLine($"  {example.CommandLine.PadRight(width)}  {example.Meaning}");
        output.WriteLine();
        return status;
    }
}
