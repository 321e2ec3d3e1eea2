using MmDiffusion.Cli.Benchmarking;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Cli.Tests.Benchmarking;

[Trait("group", "unit")]
[Collection("alone")]
public class PrecisionErrorTests
{
    [Theory]
    [InlineData(ModelKind.Joint)]
    [InlineData(ModelKind.Upscaler)]
    public void BFloat16_changes_a_prediction_by_some_hundredths_at_most_and_float32_not_at_all(ModelKind kind)
    {
        var network = kind == ModelKind.Joint
            ? new ModelDescription { Kind = kind, Coupled = TinyModel.Coupled }
            : new ModelDescription { Kind = kind, SuperResolution = TinyModel.SuperResolution, Diffusion = DiffusionConfiguration.SuperResolution };
        Assert.Equal(0, PrecisionError.Measure(network, ScalarType.Float32));
        Assert.InRange(PrecisionError.Measure(network, ScalarType.BFloat16), 1e-4, 0.03);
    }
}
