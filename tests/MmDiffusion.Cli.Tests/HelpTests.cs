using System.CommandLine;
using MmDiffusion.Cli.Data;
using MmDiffusion.Cli.Generating;

namespace MmDiffusion.Cli.Tests;

[Trait("group", "unit")]
public sealed class HelpTests
{
    public static IEnumerable<TheoryDataRow<string>> Commands()
    {
        using var terminal = new TestTerminal();
        return [.. Leaves(new CommandLine(terminal.Terminal).Root, "").Select(path => new TheoryDataRow<string>(path))];
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_has_help_with_examples_that_parse(string path)
    {
        using var terminal = new TestTerminal();
        var line = new CommandLine(terminal.Terminal);
        Assert.Equal(ExitCode.Success, line.Run([.. path.Split(' '), "--help"]));
        Assert.Contains("Examples:", terminal.Output, StringComparison.Ordinal);
        var command = Assert.IsAssignableFrom<ProgramCommand>(path.Split(' ').Aggregate<string, Command>(line.Root, (parent, name) =>
            parent.Subcommands.Single(child => child.Name == name)));
        Assert.NotEmpty(command.Examples);
        Assert.All(command.Examples, example =>
        {
            Assert.Contains(example.CommandLine, terminal.Output, StringComparison.Ordinal);
            // "source <(./mmdiff completion bash)", "mmdiff info --json | jq .": what the shell hands to the program.
            var ours = example.CommandLine[(example.CommandLine.IndexOf("mmdiff", StringComparison.Ordinal) + "mmdiff".Length)..]
                .Split('|', '>', ')')[0];
            Assert.Empty(line.Root.Parse(ours).Errors);
        });
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_option_says_what_it_does_and_the_same_word_always_means_the_same(string path)
    {
        using var terminal = new TestTerminal();
        var line = new CommandLine(terminal.Terminal);
        var command = path.Split(' ').Aggregate<string, Command>(line.Root, (parent, name) =>
            parent.Subcommands.Single(child => child.Name == name));
        Assert.All(command.Options, option => Assert.False(string.IsNullOrWhiteSpace(option.Description)));
        Option[] common =
        [
            CommonOptions.Count, .. ModelArguments.All, .. OutputArguments.All, .. StreamArguments.All, .. ComputeArguments.All,
            // Steps and batches are also those of a training.
            .. SamplingArguments.All.Except([SamplingArguments.Steps, SamplingArguments.Batch]),
        ];
        Assert.All(command.Options, option =>
            Assert.True(common.All(known => known.Name != option.Name || known == option), $"{option.Name} is defined again"));
    }

    /// <summary>The parser's own reading takes 0,5 for 5.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_number_with_decimals_is_written_with_a_point(string path)
    {
        using var terminal = new TestTerminal();
        var line = new CommandLine(terminal.Terminal);
        var command = path.Split(' ').Aggregate<string, Command>(line.Root, (parent, name) =>
            parent.Subcommands.Single(child => child.Name == name));
        var numbers = command.Options.Where(option => option.ValueType == typeof(double) || option.ValueType == typeof(double?));
        Assert.All(numbers, option => Assert.Contains(
            line.Root.Parse([.. path.Split(' '), option.Name, "0,5"]).Errors,
            error => error.Message.StartsWith($"{option.Name} is '0,5', expected a number, with a point", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Leaves(Command command, string path) => command.Subcommands.SelectMany(child =>
    {
        var childPath = $"{path} {child.Name}".Trim();
        return child.Subcommands.Count == 0 ? [childPath] : Leaves(child, childPath);
    });
}
