namespace MmDiffusion.Cli.Tests.Evaluating;

[Trait("group", "unit")]
public sealed class EvaluateCurveCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public EvaluateCurveCommandTests()
    {
        Directory.CreateDirectory(_folder["run"]);
        File.WriteAllText(_folder["run/losses.csv"], "step,loss\n10,0.5\n20,0.25\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_becomes_a_picture_and_for_programs_its_numbers()
    {
        var picture = Path.Combine(_folder["out"], "curve.png");
        Assert.Equal(picture, CommandRun.Succeed("evaluate", "curve", _folder["run"], "--output", _folder["out"]).Lines[^1]);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(picture)[..4]);
        var json = CommandRun.Succeed("evaluate", "curve", _folder["run"], "--output", _folder["out"], "--json").Json();
        var run = Assert.Single(json.GetProperty("runs").EnumerateArray());
        Assert.Equal("run", run.GetProperty("name").GetString());
        Assert.Equal([0.5, 0.25], run.GetProperty("training").EnumerateArray().Select(point => point.GetProperty("loss").GetDouble()));
    }

    [Fact]
    public void A_folder_that_is_no_run_is_refused_and_nothing_is_written()
    {
        Assert.Contains(
            "expected the output folder of a training run",
            CommandRun.Refuse(ExitCode.Failure, "evaluate", "curve", _folder["run"], _folder["none"], "--output", _folder["out"]),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }
}
