using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public sealed class LoadedModelTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static readonly GenerationOptions Options = new()
    {
        Sampler = "ddim",
        Steps = 2,
        Count = 3,
        Upscaling = new() { Sampler = "ddim", Steps = 2 },
    };

    [Fact]
    public void Models_that_rest_between_clips_make_the_same_clips()
    {
        using var joint = model.Load();
        using var upscaler = model.LoadUpscaler();
        var (loaded, reloaded) = (new List<GeneratedClip>(), new List<GeneratedClip>());
        new ClipGenerator(joint, upscaler).Generate(Options, loaded.Add);
        new ClipGenerator(joint, upscaler).Generate(Options, clip =>
        {
            reloaded.Add(clip);
            joint.Unload();
            upscaler.Unload();
        });
        Assert.Equal(loaded.Select(clip => clip.Clip.Audio.Samples), reloaded.Select(clip => clip.Clip.Audio.Samples));
        Assert.Equal(loaded.Select(clip => clip.Clip.Frames.Pixels), reloaded.Select(clip => clip.Clip.Frames.Pixels));
    }

    [Fact]
    public void Weights_that_are_replaced_while_it_rests_are_refused()
    {
        using var own = new TinyModel();
        using var joint = own.Load();
        joint.Unload();
        var path = Path.Combine(own.Folder, ModelDirectory.WeightsFile);
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("were replaced", Assert.ThrowsAny<MmDiffusionException>(() => joint.Network).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("upscaler")]
    public void One_changed_bit_of_a_model_that_comes_with_the_program_is_found(string part)
    {
        using var copy = new TemporaryFolder();
        var source = Path.Combine(Checkout.Root, "models", "embedded", part);
        foreach (var file in new[] { ModelDirectory.ConfigurationFile, ModelDirectory.WeightsFile })
            File.Copy(Path.Combine(source, file), copy[file]);
        var weights = File.ReadAllBytes(copy[ModelDirectory.WeightsFile]);
        foreach (var place in new[] { weights.Length / 2, weights.Length - 1 })
        {
            var damaged = weights.ToArray();
            damaged[place] ^= 4;
            File.WriteAllBytes(copy[ModelDirectory.WeightsFile], damaged);
            var message = Assert.ThrowsAny<MmDiffusionException>(() =>
            {
                using LoadedModel loaded = part.Length == 0
                    ? JointModel.Load(ModelDirectory.Open(copy.Path), new ModelOptions())
                    : Upscaler.Load(ModelDirectory.Open(copy.Path), new ModelOptions());
            }).Message;
            Assert.Contains("is damaged: the SHA-256 of its content is", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_network_that_somebody_uses_is_neither_unloaded_nor_disposed()
    {
        var joint = model.Load();
        var first = joint.Network;
        using (joint.Use())
        {
            joint.Unload();
            Assert.Same(first, joint.Network);
            using (joint.Use()) joint.Dispose();
            Assert.False(first.parameters().First().IsInvalid);
            Assert.Throws<ObjectDisposedException>(joint.Use);
        }
        Assert.True(first.parameters().All(parameter => parameter.IsInvalid));
        Assert.Throws<ObjectDisposedException>(() => joint.Network);
    }

    [Fact]
    public void What_is_disposed_is_not_loaded_again()
    {
        var joint = model.Load();
        joint.Dispose();
        Assert.Throws<ObjectDisposedException>(() => joint.Network);
    }
}
