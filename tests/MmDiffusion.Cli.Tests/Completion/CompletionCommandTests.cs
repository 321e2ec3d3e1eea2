namespace MmDiffusion.Cli.Tests.Completion;

[Trait("group", "unit")]
public sealed class CompletionCommandTests
{
    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("powershell")]
    public void Every_shell_gets_a_script_that_asks_the_program(string shell)
    {
        using var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Success, terminal.Run("completion", shell));
        Assert.Contains("[suggest:", terminal.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mmdiff i", "info")]
    [InlineData("mmdiff info --js", "--json")]
    [InlineData("mmdiff completion z", "zsh")]
    [InlineData("mmdiff data do", "doctor")]
    [InlineData("mmdiff data doctor videos --held", "--held-out")]
    [InlineData("mmdiff data filter videos --seg", "--segments")]
    public void The_program_answers_what_the_scripts_ask(string line, string expected)
    {
        using var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Success, terminal.Run($"[suggest:{line.Length}]", line));
        Assert.Contains(expected, terminal.Output.Split('\n'));
    }
}
