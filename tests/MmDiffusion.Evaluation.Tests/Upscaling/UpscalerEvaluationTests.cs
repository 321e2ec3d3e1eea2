using MmDiffusion.Data.Scenes;
using MmDiffusion.Evaluation.Upscaling;
using MmDiffusion.Generation;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Upscaling;

[Trait("group", "unit")]
public sealed class UpscalerEvaluationTests
{
    [Fact]
    public void Errors_of_one_level_are_48_dB_and_only_those_that_change_flicker()
    {
        using var scope = NewDisposeScope();
        var truth = zeros(3, 3, 4, 4);
        var constant = UpscalerEvaluation.Compare(truth + 1 / 127.5, truth);
        Assert.Equal((48.1308, 0), (Math.Round(constant.Psnr, 4), Math.Round(constant.Flicker, 4)));
        var alternating = truth + tensor([1f, -1f, 1f]).view(3, 1, 1, 1) / 127.5;
        Assert.Equal(
            (48.1308, 2),
            (Math.Round(UpscalerEvaluation.Compare(alternating, truth).Psnr, 4), Math.Round(
                UpscalerEvaluation.Compare(alternating, truth).Flicker,
                4)));
    }

    [Fact]
    public void A_measurement_follows_from_its_seed_and_bicubic_beats_an_untrained_upscaler()
    {
        using var model = new TinyModel();
        using var upscaler = model.LoadUpscaler();
        using var clips = new SyntheticClipSource(2, 3, UpscalerEvaluation.ShapeFor(upscaler, 2));
        var evaluation = new UpscalerEvaluation(upscaler, new UpscalingOptions { Sampler = "ddim", Steps = 1 });
        var done = new List<int>();
        var report = evaluation.Measure(clips, seed: 5, done.Add);
        Assert.Equal([1, 2], done);
        Assert.Equal((2, 2), (report.Clips, report.Frames));
        Assert.InRange(report.Bicubic.Psnr, 10, 60);
        Assert.Equal(report.Upscaler.Psnr - report.Bicubic.Psnr, report.Gain, 6);
        Assert.True(report.Gain < 0);
        Assert.Equal(report, evaluation.Measure(clips, seed: 5));
        Assert.NotEqual(report.Bicubic, evaluation.Measure(clips, seed: 6).Bicubic);
    }
}
