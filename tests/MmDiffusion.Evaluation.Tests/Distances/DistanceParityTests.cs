using MmDiffusion.Evaluation.Distances;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Distances;

[Trait("group", "parity")]
public class DistanceParityTests
{
    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Distances_are_the_recorded_ones(string directory)
    {
        using var scope = NewDisposeScope();
        var reference = new Reference(directory);
        Assert.NotEmpty(reference.Pairs);
        Assert.All(reference.Pairs, pair =>
        {
            var (real, generated) = (reference[$"{pair}.real"], reference[$"{pair}.generated"]);
            var frechet = reference[$"{pair}.frechet"].item<double>();
            Assert.InRange(FrechetDistance.Between(real, generated) / frechet, 1 - 1e-6, 1 + 1e-6);
            Assert.Equal(reference[$"{pair}.kernel_mmd"].item<double>(), KernelDistance.Between(real, generated), 1e-8);
        });
    }
}
