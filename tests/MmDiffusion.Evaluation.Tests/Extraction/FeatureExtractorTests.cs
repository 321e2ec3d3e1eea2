using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Extraction;

[Trait("group", "unit")]
public sealed class FeatureExtractorTests : IDisposable
{
    private static readonly Clip Clip = new(
        new Frames([.. Enumerable.Range(0, 2 * 4 * 6 * 3).Select(i => (byte)i)], 4, 6, 10),
        new Audio([-1, -0.5f, 0, 0.5f, 1], 1000));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Describe(string settings)
    {
        File.WriteAllText(_folder["own.json"], $$"""{ "name": "own", {{settings}} }""");
        return _folder["own.json"];
    }

    private FeatureExtractor OpenOnnx(string settings, Modality modality, int dimensions, string operation = "Flatten")
    {
        OnnxFile.Write(_folder["own.onnx"], operation, dimensions);
        return FeatureExtractor.Open(Describe($"\"format\": \"onnx\", \"weights\": \"own.onnx\", {settings}"), modality);
    }

    [Fact]
    public void An_onnx_network_is_given_what_its_description_says()
    {
        using var extractor = OpenOnnx(
            "\"modality\": \"video\", \"height\": 4, \"width\": 6, \"frames\": 1, \"layout\": \"BFHWC\", \"range\": [0, 255]",
            Modality.Video,
            5);
        // The frame in the middle of both is the second.
        Assert.Equal(Clip.Frames[1].ToArray().Select(level => (float)level), extractor.Extract(Clip).Select(value => MathF.Round(value)));
    }

    [Fact]
    public void A_torchscript_network_is_run()
    {
        TorchScriptFile.Write(_folder["own.pt"], "torch.mul(torch.flatten(x, 1), 2)");
        using var extractor = FeatureExtractor.Open(
            Describe("\"format\": \"torchscript\", \"modality\": \"audio\", \"weights\": \"own.pt\""),
            Modality.Audio);
        Assert.Equal([-2, -1, 0, 1, 2], extractor.Extract(Clip));
        TorchScriptFile.Write(_folder["other.pt"], "torch.matmul(x, torch.ones([3, 3]))");
        using var other = FeatureExtractor.Open(
            Describe("\"format\": \"torchscript\", \"modality\": \"audio\", \"weights\": \"other.pt\""),
            Modality.Audio);
        Assert.Contains("does not take [1,5]", Refuse(() => other.Extract(Clip)), StringComparison.Ordinal);
    }

    [Fact]
    public void Sound_is_scaled_cut_and_padded()
    {
        using (var cut = OpenOnnx("\"modality\": \"audio\", \"samples\": 3, \"range\": [0, 1]", Modality.Audio, 2))
            Assert.Equal([0, 0.25f, 0.5f], cut.Extract(Clip));
        using var padded = OpenOnnx("\"modality\": \"audio\", \"samples\": 7, \"layout\": \"BCL\"", Modality.Audio, 3);
        Assert.Equal([-1, -0.5f, 0, 0.5f, 1, 0, 0], padded.Extract(Clip));
    }

    [Fact]
    public void Sound_at_another_rate_is_refused()
    {
        using var extractor = OpenOnnx("\"modality\": \"audio\", \"sample_rate\": 16000", Modality.Audio, 2);
        Assert.Contains(
            "wants sound at 16000 samples per second, found 1000",
            Refuse(() => extractor.Extract(Clip)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_does_not_take_the_layout_says_so()
    {
        using var extractor = OpenOnnx("\"modality\": \"audio\"", Modality.Audio, 4);
        Assert.Contains("does not take [1,5]", Refuse(() => extractor.Extract(Clip)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("onnx", "is no ONNX network")]
    [InlineData("torchscript", "is no TorchScript network")]
    public void A_file_of_something_else_is_refused(string format, string sentence)
    {
        File.WriteAllText(_folder["weights"], "something else");
        Assert.Contains(
            sentence,
            Refuse(() =>
                FeatureExtractor.Open(
                    Describe($"\"format\": \"{format}\", \"modality\": \"audio\", \"weights\": \"weights\""),
                    Modality.Audio)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_digest_are_refused()
    {
        OnnxFile.Write(_folder["own.onnx"], "Flatten", 2);
        var path = Describe(
            "\"format\": \"onnx\", \"modality\": \"audio\", \"weights\": \"own.onnx\", \"digest\": \"00112233445566778899\"");
        Assert.Contains("expected 001122334455", Refuse(() => FeatureExtractor.Open(path, Modality.Audio)), StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_wrong_in_a_description_is_said_at_once()
    {
        var sentence = Refuse(() =>
            ExtractorDescription.Read(Describe(
                "\"format\": \"onnx\", \"modality\": \"video\", \"weights\": \"w\", \"frames\": -1, \"layout\": "
                + "\"BHW\", \"range\": [1, 1], \"mean\": [1]")));
        foreach (var part in new[]
        {
            "height and width are 0 and 0", "frames is -1", "layout is BHW", "range is not two ascending numbers",
            "mean is not three numbers",
        }) Assert.Contains(part, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void No_tensor_stays_behind()
    {
        using var extractor = OpenOnnx("\"modality\": \"audio\"", Modality.Audio, 2);
        var before = LiveTensors.CountBefore();
        extractor.Extract(Clip);
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static string Refuse(Action action) => Assert.ThrowsAny<MmDiffusionException>(action).Message;
}
