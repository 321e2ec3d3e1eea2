using MmDiffusion.Evaluation.Extraction;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Extraction;

[Trait("group", "parity")]
public class I3dParityTests
{
    [Theory]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Logits_are_the_recorded_ones(string directory)
    {
        using var scope = NewDisposeScope();
        var reference = new Reference(directory);
        using var network = new I3dNetwork();
        FormulaWeights.Fill(network, reference.I3dNames);
        using var noGradient = no_grad();
        var found = network.forward(VideoInput.ForI3d(reference["video"]));
        var expected = reference["i3d.logits"];
        Assert.Equal(expected.shape, found.shape);
        Assert.InRange(((found - expected).abs().max() / expected.abs().max()).item<float>(), 0, 1e-4);
    }
}
