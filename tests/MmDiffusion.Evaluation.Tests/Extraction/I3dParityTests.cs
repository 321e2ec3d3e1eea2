using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Extraction;

[Trait("group", "parity")]
public class I3dParityTests
{
    private static ExtractorDescription Description { get; } = ExtractorDescription.Read(Path.Combine(
        Checkout.Root,
        "models",
        "extractors",
        "i3d.json"));

    [Theory]
    [MemberData(nameof(ReferenceDirectories.RowsOf), "evaluation.safetensors", MemberType = typeof(ReferenceDirectories))]
    public void Logits_are_the_recorded_ones(string directory)
    {
        using var scope = NewDisposeScope();
        var reference = new Reference(directory);
        using var network = new I3dNetwork();
        FormulaWeights.Fill(network, reference.I3dNames);
        using var noGradient = no_grad();
        var found = cat([.. FramesOf(reference["video"]).Select(frames => network.forward(VideoInput.Make(frames, Description)))]);
        var expected = reference["i3d.logits"];
        Assert.Equal(expected.shape, found.shape);
        Assert.InRange(((found - expected).abs().max() / expected.abs().max()).item<float>(), 0, 1e-4);
    }

    /// <summary>[B,F,3,H,W] uint8 to clips.</summary>
    private static IEnumerable<Frames> FramesOf(Tensor video) =>
        video.unbind().Select(clip =>
            new Frames(clip.permute(0, 2, 3, 1).contiguous().data<byte>().ToArray(), (int)video.shape[3], (int)video.shape[4], 10));
}
