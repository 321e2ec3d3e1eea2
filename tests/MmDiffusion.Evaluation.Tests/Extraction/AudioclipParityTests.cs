using System.Text.Json;
using MmDiffusion.Checkpoints;
using MmDiffusion.Evaluation.Extraction;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Tests.Extraction;

[Trait("group", "parity")]
public class AudioclipParityTests
{
    private static ExtractorDescription Description(string scale) => ExtractorDescription.Read(Path.Combine(
        Checkout.Root,
        "models",
        "extractors",
        scale == "unit" ? "audioclip.json" : "audioclip-int16.json"));

    [Theory]
    [MemberData(nameof(ReferenceDirectories.RowsOf), "audioclip.safetensors", MemberType = typeof(ReferenceDirectories))]
    public void Features_are_the_recorded_ones_at_both_scales(string directory)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var reference = new Reference(directory, "audioclip.safetensors");
        using var network = new AudioclipNetwork();
        FormulaWeights.FillAudioclip(network, JsonSerializer.Deserialize<string[]>(reference.Metadata["state_dict_names"])!);
        foreach (var name in reference.Names.Where(name => name.EndsWith(".features", StringComparison.Ordinal)))
        {
            var (index, scale) = (name.Split('.')[0], name.Split('.')[1]);
            var sound = reference[$"{index}.sound"];
            var given = cat([.. sound.unbind().Select(row => AudioInput.Make(
                new Audio(row.flatten().data<float>().ToArray(), 44100),
                Description(scale)))]);
            var decibels = network.Decibels(given).mean([1, 2, 3]);
            Assert.InRange(Error(decibels, reference[$"{index}.{scale}.decibels_mean"]), 0, 1e-5);
            Assert.InRange(Error(network.forward(given), reference[name]), 0, 1e-4);
        }
    }

    private static double Error(Tensor found, Tensor expected)
    {
        Assert.Equal(expected.shape, found.shape);
        var difference = found.to_type(ScalarType.Float64) - expected.to_type(ScalarType.Float64);
        return (difference.abs().max() / expected.abs().max()).to_type(ScalarType.Float64).item<double>();
    }
}

[Trait("group", "unit")]
public class AudioclipNetworkTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1653, 1)]
    [InlineData(1654, 1)]
    [InlineData(1655, 2)]
    [InlineData(2215, 2)]
    [InlineData(2216, 3)]
    public void Frames_hold_every_sample(int samples, int frames)
    {
        using var scope = NewDisposeScope();
        var cut = AudioFrames.Of(ones(1, samples), ones(AudioFrames.Length));
        Assert.Equal([1, frames, 2048], cut.shape);
        // Silence is halved, the odd sample of it after the audio, and the window lies in the middle of what is transformed.
        var filled = frames == 1 ? AudioFrames.Length - samples : (frames - 1) * 561 + AudioFrames.Length - samples;
        Assert.Equal(0, cut[0, 0].narrow(0, 0, 197 + filled / 2).sum().item<float>());
        Assert.Equal(1, cut[0, 0, 197 + filled / 2].item<float>());
        Assert.Equal(1, cut[0, -1, 197 + AudioFrames.Length - 1 - (filled - filled / 2)].item<float>());
    }

    [Fact]
    public void The_branch_is_found_in_the_whole_checkpoint_and_short_audio_has_features()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var network = new AudioclipNetwork();
        var weights = network.state_dict().ToDictionary(entry => $"audio.{entry.Key}", entry => entry.Value);
        weights["visual.conv1.weight"] = ones(4, 4);
        weights["logit_scale"] = ones([]);
        SafetensorsWriter.Write(folder["a.safetensors"], weights);
        var description = File.ReadAllText(Path.Combine(Checkout.Root, "models", "extractors", "audioclip.json"));
        File.WriteAllText(
            folder["a.json"],
            description.Replace("AudioCLIP-Full-Training.pt\",", "a.safetensors\",", StringComparison.Ordinal));
        using var extractor = FeatureExtractor.Open(folder["a.json"], Modality.Audio);
        foreach (var samples in new[] { 1, 777 })
        {
            var clip = new Clip(new Frames(new byte[12], 2, 2, 10), new Audio(new float[samples], 44100));
            Assert.Equal(AudioclipNetwork.Features, extractor.Extract(clip).Length);
        }
    }
}
