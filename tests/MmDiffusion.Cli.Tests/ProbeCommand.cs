using System.CommandLine;

namespace MmDiffusion.Cli.Tests;

/// <summary>A command that takes the common options and does what a test tells it to.</summary>
internal sealed class ProbeCommand : ProgramCommand
{
    private readonly Action<ParseResult> _work;

    internal ProbeCommand(Terminal terminal, Action<ParseResult> work) : base("probe", "Does what the test says.", terminal)
    {
        _work = work;
        foreach (var option in new Option[]
        {
            CommonOptions.Json, CommonOptions.Output, ComputeArguments.Device, ComputeArguments.Precision, CommonOptions.Count,
            CommonOptions.Seed,
        })
            Options.Add(option);
    }

    internal override IReadOnlyList<Example> Examples { get; } = [new("mmdiff probe", "an example")];

    protected override void Run(ParseResult parsed) => _work(parsed);
}
