using MmDiffusion.Checkpoints;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public sealed class ModelDirectoryTests
{
    [Theory]
    [InlineData("landscape", 128)]
    [InlineData("aist", 128)]
    [InlineData("audioset", 256)]
    public void Joint_presets_are_those_of_table_1(string name, int baseChannels)
    {
        var preset = ModelPresets.Find(name);
        preset.Validate();
        var network = preset.Coupled!;
        Assert.Equal(
            (16, 64, 64, 25_600, baseChannels, 2, 0.1),
            (network.Frames,
                network.Height,
                network.Width,
                network.AudioLength,
                network.BaseChannels,
                network.BlocksPerLevel,
                network.Dropout));
        Assert.Equal([1, 2, 3, 4], network.ChannelMultipliers);
        Assert.Equal([2, 4, 8], network.VideoAttentionScales);
        Assert.Equal([2, 4, 8], network.CrossAttentionScales);
        Assert.Equal([1, 4, 8], network.CrossAttentionWindows);
        Assert.Equal(
            (64, false, 10.0, 16_000),
            (network.CrossAttentionHeadChannels, network.LearnSigma, preset.FrameRate, preset.SampleRate));
        Assert.Equal(DiffusionConfiguration.Base, preset.Diffusion);
    }

    [Fact]
    public void The_upscaler_s_preset_is_that_of_table_1()
    {
        var preset = ModelPresets.Find("sr-64-256");
        preset.Validate();
        var network = preset.SuperResolution!;
        Assert.Equal(
            (64, 256, 192, 2, true),
            (network.SmallSize, network.LargeSize, network.BaseChannels, network.BlocksPerLevel, network.LearnSigma));
        Assert.Equal([1, 1, 2, 2, 4, 4], network.ChannelMultipliers);
        Assert.Equal([8, 16, 32], network.AttentionScales);
        Assert.Contains(
            "choose one of landscape, aist",
            Assert.ThrowsAny<MmDiffusionException>(() => ModelPresets.Find("x")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("landscape")]
    [InlineData("sr-64-256")]
    public void A_description_comes_back_from_its_json(string name)
    {
        using var folder = new TemporaryFolder();
        var preset = ModelPresets.Find(name) with { Source = "a.pt", Trained = false };
        new ModelDirectory(folder.Path, preset).Save();
        Assert.Equal(ModelJson.Write(preset), ModelJson.Write(ModelDirectory.Open(folder.Path).Description));
    }

    [Theory]
    [InlineData("{", "is no model description")]
    [InlineData("[]", "expected an object")]
    [InlineData("""{"kind":"joint"}""", "'coupled' is missing")]
    [InlineData("""{"kind":"joint","coupled":{"frame":3}}""", "frame")]
    [InlineData("""{"kind":"joint","coupled":{"audio_length":25599}}""", "audio length 25599 is not a multiple of 64")]
    [InlineData("""{"kind":"joint","coupled":{"audio_length":25599,"height":63,"base_channels":5}}""", "height 63")]
    [InlineData("""{"kind":"joint","coupled":{"learn_sigma":true}}""", "must agree")]
    [InlineData("""{"kind":"picture"}""", "is no model description")]
    [InlineData("""{"diffusion":{}}""", "neither 'kind' nor a section")]
    public void A_description_that_is_not_valid_is_said(string json, string said)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], json);
        Assert.Contains(
            said,
            Assert.ThrowsAny<MmDiffusionException>(() => ModelDirectory.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_not_there_or_has_no_weights_is_said()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "there is no model 'nowhere'",
            Assert.ThrowsAny<MmDiffusionException>(() => ModelDirectory.Open("nowhere")).Message,
            StringComparison.Ordinal);
        new ModelDirectory(folder.Path, new ModelDescription { Kind = ModelKind.Joint, Coupled = TinyModel.Coupled }).Save();
        Assert.Contains(
            "has no model.safetensors",
            Assert.ThrowsAny<MmDiffusionException>(() => JointModel.Load(ModelDirectory.Open(folder.Path), new())).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "expected upscaler",
            Assert.ThrowsAny<MmDiffusionException>(() => ModelDirectory.Open(folder.Path, ModelKind.Upscaler)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_is_stored_in_another_type_on_request()
    {
        using var folder = new TemporaryFolder();
        using var tiny = new TinyModel();
        var stored = ModelImporter.Import(
            Path.Combine(tiny.Folder, ModelDirectory.WeightsFile),
            ModelDirectory.Open(tiny.Folder).Description,
            folder.Path,
            TorchSharp.torch.ScalarType.BFloat16);
        using (var weights = WeightFile.Open(stored.Weights!))
            Assert.All(weights.Entries, entry => Assert.Equal(TorchSharp.torch.ScalarType.BFloat16, entry.Type));
        using var model = JointModel.Load(stored, new ModelOptions { Precision = Precision.Float32 });
        Assert.Equal(TorchSharp.torch.ScalarType.Float32, model.ComputeType);
    }

    [Fact]
    public void The_embedded_model_is_found_by_default()
    {
        var model = ModelDirectory.Open(null, ModelKind.Joint);
        Assert.Equal("embedded", Path.GetFileName(model.Path));
        Assert.True(model.Description.Trained);
        Assert.NotNull(model.Weights);
        Assert.Equal((16, 10.0, 1.6), (model.Description.Coupled!.Frames, model.Description.FrameRate, model.Description.AudioDuration()));
    }

    [Theory]
    [Trait("group", "parity")]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Published_checkpoints_are_imported_and_verified(string directory)
    {
        using var folder = new TemporaryFolder();
        var reference = new Reference(directory);
        foreach (var (kind, weights, recording) in new[]
        {
            (ModelKind.Joint, "coupled.pt", "coupled.io.safetensors"),
            (ModelKind.Upscaler, "sr.pt", "sr.io.safetensors"),
        })
        {
            var description = ModelJson.Read(reference["config.json"], kind);
            var imported = ModelImporter.Import(reference.Checkpoint(weights, folder), description, folder[$"{kind}"]);
            var errors = ReferenceVerifier.Verify(imported.Weights!, imported.Description, reference[recording], new ModelOptions
            {
                Precision = Precision.Float32,
            });
            Assert.NotEmpty(errors);
            Assert.All(errors, error => Assert.True(error.Agrees, $"{error}"));
        }
    }
}
