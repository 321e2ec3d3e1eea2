namespace MmDiffusion.Cli.Tests.Scripts;

[Trait("group", "unit")]
public sealed class StartScriptTests : IDisposable
{
    private const string Building = "mmdiff: building MmDiffusion (once)…\n";

    private readonly ScriptSandbox _sandbox = new();

    [Fact]
    public void The_first_start_builds_and_the_second_does_not()
    {
        Assert.Equal((0, "ran info --json\n", Building), _sandbox.Run("mmdiff", "info", "--json"));
        Assert.Equal((0, "ran \n", ""), _sandbox.Run("mmdiff"));
        Assert.Single(_sandbox.Calls, "dotnet build");
    }

    [Theory]
    [InlineData("src/MmDiffusion.Cli/Program.cs")]
    [InlineData("src/MmDiffusion.Cli/Added.cs")]
    [InlineData("Directory.Build.props")]
    [InlineData("global.json")]
    [InlineData("eng/common.sh")]
    public void A_newer_input_is_built_again(string input)
    {
        _sandbox.Run("mmdiff");
        Thread.Sleep(20);
        File.AppendAllText(_sandbox[input], "\n");
        Assert.Equal(Building, _sandbox.Run("mmdiff").Error);
        Assert.Equal("", _sandbox.Run("mmdiff").Error);
    }

    [Fact]
    public void A_source_that_was_removed_is_built_without()
    {
        _sandbox.Write("src/MmDiffusion.Cli/Old.cs", "");
        _sandbox.Run("mmdiff");
        Thread.Sleep(20);
        File.Delete(_sandbox["src/MmDiffusion.Cli/Old.cs"]);
        Assert.Equal(Building, _sandbox.Run("mmdiff").Error);
    }

    [Fact]
    public void A_link_into_an_emptied_package_cache_is_built_again()
    {
        _sandbox.Run("mmdiff");
        File.Delete(_sandbox["src/MmDiffusion.Cli/bin/Release/net10.0/TorchSharp.dll"]);
        _sandbox.Link("src/MmDiffusion.Cli/bin/Release/net10.0/TorchSharp.dll", _sandbox["emptied-cache/TorchSharp.dll"]);
        Assert.Equal((0, "ran \n", Building), _sandbox.Run("mmdiff"));
    }

    [Fact]
    public void A_build_that_fails_shows_its_output_and_is_tried_again()
    {
        _sandbox.Write("broken", "error CS0000: no\n");
        var (exitCode, output, error) = _sandbox.Run("mmdiff");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal($"{Building}error CS0000: no\nmmdiff: the build failed, see above\n", error);
        File.Delete(_sandbox["broken"]);
        Assert.Equal((0, "ran \n", Building), _sandbox.Run("mmdiff"));
    }

    [Fact]
    public async Task Two_first_starts_at_once_build_once()
    {
        var starts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => _sandbox.Run("mmdiff"))));
        Assert.All(starts, start => Assert.Equal((0, "ran \n"), (start.ExitCode, start.Output)));
        Assert.Single(_sandbox.Calls, "dotnet build");
    }

    [Fact]
    public void It_starts_through_a_symbolic_link()
    {
        _sandbox.Link("elsewhere/mm", _sandbox["mmdiff"]);
        Assert.Equal((0, "ran --version\n", Building), _sandbox.Run("elsewhere/mm", "--version"));
    }

    [Theory]
    [InlineData("serve", "ran study serve with tiers 0\n")]
    [InlineData("demo", "ran study demo with tiers 0\n")]
    [InlineData("report", "ran study report\n")]
    public void Servers_are_compiled_in_full_at_first_use(string command, string output)
    {
        _sandbox.Run("mmdiff");
        Assert.Equal(output, _sandbox.Run("mmdiff", "study", command).Output);
    }

    [Fact]
    public void The_Tab_key_does_not_start_a_build() => Assert.Equal((0, "", ""), _sandbox.Run("mmdiff", "[suggest:7]", "mmdiff "));

    [Fact]
    public void Without_a_fitting_SDK_it_says_how_to_get_one()
    {
        _sandbox.AddTool("dotnet", "exit 145");
        // So that none of this system fits either.
        _sandbox.Write("global.json", """{ "sdk": { "version": "99.0.100" } }""");
        var (exitCode, _, error) = _sandbox.Run("mmdiff");
        Assert.Equal(1, exitCode);
        Assert.Contains("99.0.100", error, StringComparison.Ordinal);
        Assert.Contains("dotnet-install.sh", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_ffmpeg_is_installed_after_an_update_of_old_package_lists()
    {
        _sandbox.RemoveTool("ffmpeg");
        _sandbox.AddTool("apt-get", """
            echo "apt-get $*" >> calls
            case "$*" in
            *update) touch updated ;;
            *) [ -f updated ] && cat path/dotnet > path/ffmpeg && chmod +x path/ffmpeg ;;
            esac
            """);
        Assert.Equal((0, "ran info\n", $"{Building}mmdiff: installing ffmpeg (once)…\n"), _sandbox.Run("mmdiff", "info"));
        Assert.Equal(3, _sandbox.Calls.Count(call => call.StartsWith("apt-get", StringComparison.Ordinal)));
        Assert.Equal((0, "ran info\n", ""), _sandbox.Run("mmdiff", "info"));
    }

    [Fact]
    public void An_ffmpeg_that_cannot_be_installed_is_named_with_the_command_to_run()
    {
        _sandbox.RemoveTool("ffmpeg");
        _sandbox.AddTool("apt-get", "echo 'E: no network'; exit 100");
        var (exitCode, output, error) = _sandbox.Run("mmdiff");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("E: no network", error, StringComparison.Ordinal);
        Assert.Contains("apt-get install -y ffmpeg", error, StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();
}
