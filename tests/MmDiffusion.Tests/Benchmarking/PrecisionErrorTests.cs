using MmDiffusion.Benchmarking;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Tests.Generation;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Benchmarking;

[Trait("group", "unit")]
public class PrecisionErrorTests
{
    public static TheoryData<ModelDescription> Networks { get; } =
    [
        new() { Kind = ModelKind.Joint, Coupled = TinyModel.Coupled },
        new() { Kind = ModelKind.Upscaler, SuperResolution = TinyModel.SuperResolution, Diffusion = DiffusionConfiguration.SuperResolution },
    ];

    [Theory]
    [MemberData(nameof(Networks))]
    public void BFloat16_changes_a_prediction_by_some_hundredths_at_most_and_float32_not_at_all(ModelDescription network)
    {
        Assert.Equal(0, PrecisionError.Measure(network, ScalarType.Float32));
        Assert.InRange(PrecisionError.Measure(network, ScalarType.BFloat16), 1e-4, 0.03);
    }
}
