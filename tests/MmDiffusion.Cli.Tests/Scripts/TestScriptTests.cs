namespace MmDiffusion.Cli.Tests.Scripts;

[Trait("group", "unit")]
public sealed class TestScriptTests : IDisposable
{
    private readonly ScriptSandbox _sandbox = new();

    public TestScriptTests()
    {
        _sandbox.Write("tests/A.Tests/Some.cs", "[Trait(\"group\", \"unit\")] [Trait(\"group\", \"slow\")]");
        Project("A.Tests", passed: 3, failed: 0, skipped: 0);
    }

    [Fact]
    public void Totals_are_summed_over_projects()
    {
        Project("B.Tests", passed: 20, failed: 0, skipped: 1);
        var (exitCode, output, _) = _sandbox.Run("test");
        Assert.Equal(0, exitCode);
        Assert.EndsWith("skipped:\n  B: not <here>\n23 passed, 0 failed, 1 skipped\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_shows_the_log_and_the_exit_code_is_passed_on_to_continuous_integration()
    {
        Project("B.Tests", passed: 1, failed: 2, skipped: 0, errors: 1, status: 1);
        var (exitCode, output, _) = _sandbox.Run(".ci/run");
        Assert.Equal(1, exitCode);
        Assert.Contains("log of", output, StringComparison.Ordinal);
        Assert.EndsWith("\n4 passed, 3 failed, 0 skipped\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("<assemblies><assembly errors=\"0\" failed=\"0\" passed=\"7\" skipped=\"0\">")]
    public void A_test_process_that_dies_without_results_is_a_failure(string? results)
    {
        Project("B.Tests", 0, 0, 0, status: 139);
        if (results is null) File.Delete(_sandbox["tests/B.Tests/results.xml"]);
        else _sandbox.Write("tests/B.Tests/results.xml", results);
        var (exitCode, output, _) = _sandbox.Run("test");
        Assert.Equal(1, exitCode);
        Assert.Contains("B.Tests ended with exit code 139 and without results", output, StringComparison.Ordinal);
        Assert.EndsWith("\n3 passed, 1 failed, 0 skipped\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_fails_after_its_tests_passed_is_a_failure()
    {
        Project("B.Tests", passed: 2, failed: 0, skipped: 0, status: 134);
        Assert.EndsWith("\n5 passed, 1 failed, 0 skipped\n", _sandbox.Run("test").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_formatting_is_one_failed_test()
    {
        _sandbox.Write("formatting", "Some.cs(1,1): error WHITESPACE\n");
        var (exitCode, output, error) = _sandbox.Run("test", "unit", "format");
        Assert.Equal(1, exitCode);
        Assert.Contains("error WHITESPACE", error, StringComparison.Ordinal);
        Assert.EndsWith("\n3 passed, 1 failed, 0 skipped\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_build_is_one_failed_test()
    {
        _sandbox.Write("broken", "error CS0000: no\n");
        var (exitCode, output, error) = _sandbox.Run("test");
        Assert.Equal((1, "0 passed, 1 failed, 0 skipped\n"), (exitCode, output));
        Assert.Contains("error CS0000", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_any_test_fails()
    {
        Project("A.Tests", 0, 0, 0);
        var (exitCode, output, _) = _sandbox.Run("test", "unit");
        Assert.Equal(1, exitCode);
        Assert.EndsWith("0 passed, 0 failed, 0 skipped\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_tests_share_is_not_run()
    {
        Project("Testing", passed: 5, failed: 0, skipped: 0);
        Assert.EndsWith("\n3 passed, 0 failed, 0 skipped\n", _sandbox.Run("test").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_are_handed_to_the_runner_and_do_not_check_the_formatting()
    {
        Assert.Equal(0, _sandbox.Run("test", "unit", "slow").ExitCode);
        Assert.Equal(["trait group=unit", "trait group=slow"], Filters());
        Assert.DoesNotContain("dotnet format", _sandbox.Calls);
    }

    [Fact]
    public void What_takes_long_is_left_out_unless_all_is_asked_for()
    {
        Assert.Equal(0, _sandbox.Run("test").ExitCode);
        Assert.Equal(["without group=slow", "without group=fuzz", "without group=mpi", "without group=packages"], Filters());
        Assert.DoesNotContain("dotnet format", _sandbox.Calls);
        File.Delete(_sandbox["calls"]);
        Assert.Equal(0, _sandbox.Run("test", "all").ExitCode);
        Assert.Empty(Filters());
        Assert.Contains("dotnet format", _sandbox.Calls);
    }

    [Fact]
    public void An_unknown_group_is_one_sentence_with_the_known_ones()
    {
        var (exitCode, output, error) = _sandbox.Run("test", "party");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal("test: there is no group 'party'; the groups are: all format slow unit\n", error);
    }

    [Fact]
    public void Nothing_stays_in_the_temporary_folder()
    {
        Assert.Equal(0, _sandbox.Run("test").ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_sandbox["tmp"]));
    }

    public void Dispose() => _sandbox.Dispose();

    private IEnumerable<string> Filters() =>
        _sandbox.Calls.Where(call =>
            call.StartsWith("trait ", StringComparison.Ordinal) || call.StartsWith("without ", StringComparison.Ordinal));

    private void Project(string name, int passed, int failed, int skipped, int errors = 0, int status = 0)
    {
        _sandbox.Write($"tests/{name}/{name}.csproj", "<Project />");
        _sandbox.Write($"tests/{name}/status", $"{status}");
        var skip = skipped > 0 ? "<test id=\"1\" name=\"B\" result=\"Skip\"><reason>not &lt;here&gt;</reason></test>" : "";
        _sandbox.Write($"tests/{name}/results.xml",
            $"<assemblies schema-version=\"3\"><assembly name=\"x\" errors=\"{errors}\" failed=\"{failed}\" not-run=\"0\" "
            + $"passed=\"{passed}\" skipped=\"{skipped}\" total=\"9\">"
            + $"<collection failed=\"99\" passed=\"99\" skipped=\"99\">{skip}</collection></assembly></assemblies>");
    }
}
