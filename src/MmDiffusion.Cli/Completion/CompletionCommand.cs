using System.CommandLine;

namespace MmDiffusion.Cli.Completion;

/// <summary><c>mmdiff completion</c>: the script that teaches a shell to complete this program's words.</summary>
internal sealed class CompletionCommand : ProgramCommand
{
    private readonly Argument<string> _shell = new Argument<string>("SHELL")
    {
        Description = $"One of {string.Join(", ", CompletionScript.Shells)}",
    }
        .AcceptOnlyFromAmong([.. CompletionScript.Shells]);

    internal CompletionCommand(Terminal terminal)
        : base("completion", "Print a script that completes mmdiff's words in a shell.", terminal) => Arguments.Add(_shell);

    internal override IReadOnlyList<Example> Examples { get; } =
    [
        new("source <(./mmdiff completion bash)", "for this bash"),
        new("./mmdiff completion bash >> ~/.bashrc", "for every bash to come"),
        new("./mmdiff completion fish | source", "for this fish"),
    ];

    protected override void Run(ParseResult parsed) => Terminal.WriteResult(CompletionScript.For(parsed.GetRequiredValue(_shell)));
}
