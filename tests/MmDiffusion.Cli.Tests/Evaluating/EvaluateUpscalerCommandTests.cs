using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Evaluating;

[Trait("group", "unit")]
public sealed class EvaluateUpscalerCommandTests(TinyModel model) : IClassFixture<TinyModel>
{
    private string[] Line(params string[] more) =>
        [
            "evaluate", "upscaler", "--model", model.Folder, "--data", "synth:2@2", "--sampler", "ddim", "--steps", "1", "--precision",
            "fp32", .. more,
        ];

    [Fact]
    public void The_gain_is_that_over_bicubic_enlargement()
    {
        var report = CommandRun.Succeed(Line("--frames", "2", "--json")).Json();
        Assert.Equal((2, 2), (report.GetProperty("clips").GetInt32(), report.GetProperty("frames").GetInt32()));
        var (upscaler, bicubic) = (report.GetProperty("upscaler").GetProperty("psnr").GetDouble(), report
            .GetProperty("bicubic")
            .GetProperty("psnr")
            .GetDouble());
        Assert.Equal(upscaler - bicubic, report.GetProperty("gain").GetDouble(), 2);
    }

    [Fact]
    public void A_limit_below_what_the_upscaler_needs_is_refused() => Assert.Contains(
        "memory is limited to 0.10 GB, but the upscaler 'upscaler' needs at least 0.3",
        CommandRun.Refuse(ExitCode.Failure, Line("--memory", "100mb")), StringComparison.Ordinal);
}
