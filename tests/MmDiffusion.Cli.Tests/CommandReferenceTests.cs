using System.CommandLine;
using System.Text;

namespace MmDiffusion.Cli.Tests;

/// <summary>docs/commands.md is what the program's own lists of commands and options say; MMDIFF_APPROVE=1 writes it again.</summary>
[Trait("group", "unit")]
public sealed class CommandReferenceTests
{
    private static readonly string Page = Path.Combine(Checkout.Root, "docs", "commands.md");

    [Fact]
    public void The_page_of_commands_is_that_of_the_program()
    {
        using var terminal = new TestTerminal();
        var page = new StringBuilder()
            .AppendLine("# Commands")
            .AppendLine()
            .AppendLine("Every command with its arguments and options, as `mmdiff COMMAND --help` shows them.")
            .AppendLine("All commands also take `--help`, `--verbose` for details of a failure, and `--libtorch DIR` for another libtorch.")
            .AppendLine()
            .AppendLine("| exit code | meaning |")
            .AppendLine("|---|---|")
            .AppendLine("| 0 | done |")
            .AppendLine("| 1 | failed, for the reason that is printed |")
            .AppendLine("| 2 | the command line does not make sense; nothing was done |")
            .AppendLine("| 130 | stopped by Ctrl-C or a signal |");
        foreach (var command in Leaves(new CommandLine(terminal.Terminal).Root)) Write(page, command);
        var text = page.ToString().ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("MMDIFF_APPROVE") == "1") File.WriteAllText(Page, text);
        Assert.Equal(File.ReadAllText(Page), text);
    }

    private static void Write(StringBuilder page, ProgramCommand command)
    {
        page.AppendLine().AppendLine($"## {CommandLine.PathOf(command)}").AppendLine().AppendLine(Text(command.Description));
        if (command.Arguments.Count > 0) page.AppendLine().AppendLine("| argument | meaning |").AppendLine("|---|---|");
        foreach (var argument in command.Arguments) page.AppendLine($"| `{Text(argument.Name)}` | {Text(argument.Description)} |");
        if (command.Options.Count > 0) page.AppendLine().AppendLine("| option | default | meaning |").AppendLine("|---|---|---|");
        foreach (var option in command.Options)
            page.AppendLine($"| {Names(option)} | {DefaultOf(option)} | {Text(option.Description)} |");
        page.AppendLine().AppendLine("```");
        foreach (var example in command.Examples) page.AppendLine($"# {example.Meaning}").AppendLine(example.CommandLine);
        page.AppendLine("```");
    }

    private static string Names(Option option)
    {
        var value = option.ValueType == typeof(bool) ? "" : $" {option.HelpName}";
        var names = option.Aliases.Order(StringComparer.Ordinal).Prepend(option.Name);
        return string.Join(", ", names.Select(name => $"`{Text(name + value)}`"));
    }

    private static string DefaultOf(Option option) => option switch
    {
        { Required: true } => "required",
        _ when option.ValueType == typeof(bool) || !option.HasDefaultValue => "",
        _ => option.GetDefaultValue() switch
        {
            string[] words => $"`{string.Join(' ', words)}`",
            var value => $"`{FormattableString.Invariant($"{value}")}`",
        },
    };

    private static string Text(string? text) => text!.Replace("|", "\\|", StringComparison.Ordinal);

    private static IEnumerable<ProgramCommand> Leaves(Command command) => command.Subcommands.SelectMany(child =>
        new[] { child }.OfType<ProgramCommand>().Concat(Leaves(child)));
}
