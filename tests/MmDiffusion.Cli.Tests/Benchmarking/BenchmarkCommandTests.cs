using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Benchmarking;

[Trait("group", "media")]
public sealed class BenchmarkCommandTests(TinyModel model) : IClassFixture<TinyModel>
{
    [Fact]
    [Trait("group", "slow")]
    public void Both_networks_in_both_precisions_are_rows()
    {
        var rows = CommandRun.Succeed("benchmark", "--preset", model.Folder, "--rounds", "1", "--json").Json().EnumerateArray().ToList();
        Assert.Equal(
            ["coupled bf16", "upscaler bf16", "coupled fp32", "upscaler fp32"],
            rows.Select(row => $"{row.GetProperty("network").GetString()} {row.GetProperty("precision").GetString()}"));
        Assert.All(rows, row =>
        {
            Assert.All(new[] { "seconds", "gflop", "gflops", "matmulGflops", "utilisation", "peakMemoryBytes" }, name =>
                Assert.True(row.GetProperty(name).GetDouble() > 0, name));
            Assert.Equal(
                row.GetProperty("gflop").GetDouble() / row.GetProperty("seconds").GetDouble(),
                row.GetProperty("gflops").GetDouble(),
                9);
        });
    }

    [Fact]
    [Trait("group", "slow")]
    public void A_clip_is_timed_by_its_stages()
    {
        var rows = CommandRun
            .Succeed(
                "benchmark", "--preset", model.Folder, "--work", "clip", "--precision", "fp32", "--profile", "fast", "--json")
            .Json()
            .EnumerateArray()
            .ToList();
        Assert.Equal(
            ["loading 0", "sampling 12", "upscaling 20", "writing 0"],
            rows.Select(row => $"{row.GetProperty("work").GetString()} {row.GetProperty("calls").GetInt32()}"));
    }

    [Fact]
    [Trait("group", "slow")]
    public void People_see_a_table_and_the_share_of_the_optimiser()
    {
        var run = CommandRun.Succeed("benchmark", "--preset", model.Folder, "--work", "training", "--precision", "bf16", "--rounds", "1");
        Assert.Contains("utilisation", run.Output, StringComparison.Ordinal);
        Assert.Equal(2, run.Lines.Count(line => line.Contains("the optimiser and the moving average take", StringComparison.Ordinal)));
        Assert.Contains("coupled bf16: 1/1 rounds", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("group", "slow")]
    [InlineData(true)]
    [InlineData(false)]
    public void Training_steps_say_whether_activations_were_kept(bool kept)
    {
        string[] asked = ["benchmark", "--preset", model.Folder, "--work", "training", "--precision", "fp32", "--rounds", "1", "--json"];
        var rows = CommandRun.Succeed(kept ? [.. asked, "--keep-activations"] : asked).Json().EnumerateArray().ToList();
        Assert.All(rows, row => Assert.Equal(!kept, row.GetProperty("activationCheckpointing").GetBoolean()));
    }

    [Fact]
    [Trait("group", "slow")]
    public void People_see_the_share_of_cross_modal_attention_where_there_is_some()
    {
        var run = CommandRun.Succeed("benchmark", "--preset", model.Folder, "--precision", "fp32", "--rounds", "1");
        Assert.Single(run.Lines, line => line.Contains("coupled, fp32: cross-modal attention takes", StringComparison.Ordinal));
    }

    [Fact]
    public void An_unknown_preset_and_a_clip_of_an_upscaler_are_refused()
    {
        Assert.Contains(
            "there is no model 'tiny'",
            CommandRun.Refuse(ExitCode.Failure, "benchmark", "--preset", "tiny"),
            StringComparison.Ordinal);
        Assert.Contains(
            "makes no clips",
            CommandRun.Refuse(ExitCode.Failure, "benchmark", "--preset", "sr-64-256", "--work", "clip"),
            StringComparison.Ordinal);
    }
}
