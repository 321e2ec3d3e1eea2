using System.Text.Json;

namespace MmDiffusion.Cli.Tests;

/// <summary>One command line that was run in this process.</summary>
/// <param name="ExitCode">What the process would return.</param>
/// <param name="Output">The standard output.</param>
/// <param name="Error">The standard error.</param>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    internal static CommandRun Of(params string[] arguments)
    {
        using var terminal = new TestTerminal();
        var exitCode = terminal.Run(arguments);
        return new CommandRun(exitCode, terminal.Output, terminal.Error);
    }

    /// <summary>Of a command that succeeds.</summary>
    internal static CommandRun Succeed(params string[] arguments)
    {
        var run = Of(arguments);
        Assert.True(run.ExitCode == Cli.ExitCode.Success, run.Error);
        return run;
    }

    /// <summary>Of a command that fails: one sentence on the standard error, nothing on the standard output.</summary>
    /// <returns>The sentence.</returns>
    internal static string Refuse(int exitCode, params string[] arguments)
    {
        var run = Of(arguments);
        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        var sentence = Assert.Single(run.ErrorLines);
        Assert.StartsWith("mmdiff: ", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected failure", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", sentence, StringComparison.Ordinal);
        return sentence;
    }

    internal IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    internal IReadOnlyList<string> ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    internal JsonElement Json()
    {
        using var document = JsonDocument.Parse(Output);
        return document.RootElement.Clone();
    }
}
