using System.CommandLine;
using MmDiffusion.Media;

namespace MmDiffusion.Cli.Tests;

[Trait("group", "unit")]
public sealed class CommandLineTests : IDisposable
{
    private readonly TestTerminal _terminal = new();

    [Theory]
    [InlineData("'frobnicate'", "mmdiff --help", "frobnicate")]
    [InlineData("'--jsn'", "mmdiff info --help", "info", "--jsn")]
    [InlineData("SHELL", "mmdiff completion --help", "completion")]
    [InlineData("'ksh' not recognized, must be one of: 'bash' 'zsh' 'fish' 'powershell'", "mmdiff completion --help", "completion", "ksh")]
    public void A_line_that_is_not_understood_is_one_sentence_with_the_way_to_help(string named, string help, params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, _terminal.Run(arguments));
        Assert.Empty(_terminal.Output);
        var line = Assert.Single(_terminal.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("mmdiff: ", line, StringComparison.Ordinal);
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.Contains($"'{help}'", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--count is 0, expected at least 1", "--count", "0")]
    [InlineData("'many'", "--count", "many")]
    [InlineData("'tpu' not recognized, must be one of: 'auto' 'cpu' 'cuda'", "--device", "tpu")]
    [InlineData("'fp8' not recognized", "--precision", "fp8")]
    [InlineData("'-1'", "--seed", "-1")]
    public void A_bad_value_of_a_common_option_is_a_usage_error(string named, params string[] arguments)
    {
        Assert.Equal(
            ExitCode.Usage,
            _terminal.RunWith(new ProbeCommand(_terminal.Terminal, _ => Assert.Fail("ran")), ["probe", .. arguments]));
        Assert.Contains(named, _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Common_options_have_their_documented_defaults()
    {
        _terminal.RunWith(new ProbeCommand(_terminal.Terminal, parsed =>
        {
            Assert.False(parsed.GetValue(CommonOptions.Json));
            Assert.Equal("out", parsed.GetRequiredValue(CommonOptions.Output).Name);
            Assert.Equal("auto", parsed.GetValue(ComputeArguments.Device));
            Assert.Equal("auto", parsed.GetValue(ComputeArguments.Precision));
            Assert.Equal(1, parsed.GetValue(CommonOptions.Count));
            Assert.Equal(0UL, parsed.GetValue(CommonOptions.Seed));
        }), "probe");
        Assert.Empty(_terminal.Error);
    }

    [Fact]
    public void A_failure_that_the_user_can_act_on_is_its_sentence_alone()
    {
        Assert.Equal(ExitCode.Failure, Fail(new MmDiffusionException("the cup is empty; fill it")));
        Assert.Equal("mmdiff: the cup is empty; fill it\n", _terminal.Error);
    }

    [Fact]
    public void An_unexpected_failure_names_its_type_and_how_to_see_more()
    {
        Assert.Equal(ExitCode.Failure, Fail(new InvalidOperationException("odd\nthing.")));
        Assert.Equal(
            "mmdiff: unexpected failure, InvalidOperationException: odd thing; run again with --verbose for details\n",
            _terminal.Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stack_trace_is_shown_only_with_verbose(bool verbose)
    {
        Assert.Equal(ExitCode.Failure, verbose ? Fail(new MmDiffusionException("no"), "--verbose") : Fail(new MmDiffusionException("no")));
        Assert.Equal(verbose, _terminal.Error.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_stopped_command_says_so_and_returns_130()
    {
        Assert.Equal(ExitCode.Stopped, Fail(new OperationCanceledException()));
        Assert.Equal("mmdiff: stopped\n", _terminal.Error);
    }

    [Fact]
    public void Without_a_command_the_help_is_shown()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run());
        Assert.Contains("Commands:", _terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_this_programs()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run("--version"));
        Assert.Matches(@"^\d+\.\d+\.\d+(-[a-z]+(\.\d+)*)?(\+[0-9a-f]{1,10})?\n$", _terminal.Output);
    }

    public void Dispose() => _terminal.Dispose();

    private int Fail(Exception exception, params string[] more) =>
        _terminal.RunWith(new ProbeCommand(_terminal.Terminal, _ => throw exception), ["probe", .. more]);

    /// <summary>A command that takes the common options and does what a test tells it to.</summary>
    private sealed class ProbeCommand : ProgramCommand
    {
        private readonly Action<ParseResult> _work;

        internal ProbeCommand(Terminal terminal, Action<ParseResult> work) : base("probe", "Does what the test says.", terminal)
        {
            _work = work;
            Add([CommonOptions.Json, CommonOptions.Output, CommonOptions.Count, CommonOptions.Seed, .. ComputeArguments.All]);
        }

        internal override IReadOnlyList<Example> Examples { get; } = [new("mmdiff probe", "an example")];

        protected override void Run(ParseResult parsed) => _work(parsed);
    }
}
