using MmDiffusion.Checkpoints;
using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests;

[Trait("group", "media")]
public sealed class RefusedExtractorsTests(SceneFolder scenes)
{
    private string Refuse(EvaluationProtocol protocol) => Assert.ThrowsAny<MmDiffusionException>(
        () => new ClipEvaluation(protocol, null).Run(new EvaluationFolders(scenes.Real, scenes.Generated))).Message;

    [Fact]
    [Trait("group", "slow")]
    public void An_extractor_of_the_other_modality_is_refused() => Assert.Contains(
        "is for sound, expected one for video",
        Refuse(scenes.Protocol with { VideoExtractor = "embedded-audio", VideoDigest = null }),
        StringComparison.Ordinal);

    [Fact]
    public void An_extractor_of_another_digest_is_refused() => Assert.Contains(
        "but the protocol 'quick' asks for 000000000000",
        Refuse(scenes.Protocol with { AudioDigest = new string('0', 64) }),
        StringComparison.Ordinal);

    [Fact]
    public void An_extractor_that_is_not_there_is_refused_with_what_to_do() =>
        Assert.Contains(
            "put the published i3d_pretrained_400.pt there",
            Refuse(scenes.Protocol with { VideoExtractor = "i3d", VideoDigest = null }),
            StringComparison.Ordinal);

    [Fact]
    [Trait("group", "slow")]
    public void Features_that_are_no_numbers_are_refused()
    {
        var folder = Directory.CreateDirectory(scenes["nan"]).FullName;
        var original = Path.Combine(Checkout.Root, "models", "extractors");
        using var scope = NewDisposeScope();
        using (var source = WeightFile.Open(Path.Combine(original, "embedded-video.safetensors")))
        {
            SafetensorsWriter.Write(Path.Combine(folder, "embedded-video.safetensors"), source.Entries.Select(entry => KeyValuePair.Create(
                entry.Name, entry.Name == "trunk.0.weight" ? source.Load(entry.Name) * double.NaN : source.Load(entry.Name))));
        }
        var description = ExtractorDescription.Read(Path.Combine(original, "embedded-video.json")) with { Digest = null };
        File.WriteAllText(Path.Combine(folder, "nan.json"), description.ToJson());
        Assert.Contains(
            "gives features that are not finite numbers",
            Refuse(scenes.Protocol with { VideoExtractor = Path.Combine(folder, "nan.json"), VideoDigest = null }),
            StringComparison.Ordinal);
    }
}
