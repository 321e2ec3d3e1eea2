using MmDiffusion.Checkpoints;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Checkpoints;

public sealed class StateDictTests
{
    [Fact]
    [Trait("group", "unit")]
    public void Weights_go_out_and_come_back()
    {
        using var folder = new TemporaryFolder();
        using var original = Networks.Upscaler(Networks.SmallUpscaler, seed: 1);
        using var copy = Networks.Upscaler(Networks.SmallUpscaler, seed: 2);
        StateDict.Save(original, folder["a.safetensors"]);
        using var source = WeightFile.Open(folder["a.safetensors"]);
        var before = LiveTensors.CountBefore();
        StateDict.LoadInto(copy, source);
        Assert.Equal(before, Tensor.TotalCount);
        using var scope = NewDisposeScope();
        Assert.All(original.state_dict(), entry => Assert.True(entry.Value.eq(copy.state_dict()[entry.Key]).all().item<bool>()));
    }

    [Fact]
    [Trait("group", "unit")]
    public void One_message_lists_what_does_not_fit_and_nothing_is_changed()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var network = Networks.Upscaler(Networks.SmallUpscaler);
        var weights = network.state_dict().ToDictionary(entry => entry.Key, entry => zeros_like(entry.Value));
        weights.Remove("time_embed.0.bias");
        weights["surplus"] = ones(1);
        weights["out.2.bias"] = ones(9);
        SafetensorsWriter.Write(folder["a.safetensors"], weights);
        using var source = WeightFile.Open(folder["a.safetensors"]);
        var said = Assert.ThrowsAny<MmDiffusionException>(() => StateDict.LoadInto(network, source)).Message;
        Assert.Contains("1 missing (time_embed.0.bias)", said, StringComparison.Ordinal);
        Assert.Contains("1 unexpected (surplus)", said, StringComparison.Ordinal);
        Assert.Contains("1 of another shape (out.2.bias [9] for [6])", said, StringComparison.Ordinal);
        Assert.True(network.state_dict()["time_embed.0.weight"].abs().max().item<float>() > 0);
    }

    [Theory]
    [Trait("group", "parity")]
    [MemberData(nameof(ReferenceDirectories.Rows), MemberType = typeof(ReferenceDirectories))]
    public void Published_checkpoints_are_the_same_as_safetensors(string directory)
    {
        using var folder = new TemporaryFolder();
        var reference = new Reference(directory);
        foreach (var file in new[] { "coupled.pt", "sr.pt" })
        {
            using var published = WeightFile.Open(reference.Checkpoint(file, folder));
            SafetensorsWriter.Write(folder["a.safetensors"], published.Entries, published.Load);
            using var stored = WeightFile.Open(folder["a.safetensors"]);
            Assert.Equal(published.Entries.Select(entry => entry.Name), stored.Entries.Select(entry => entry.Name));
            foreach (var entry in published.Entries)
            {
                using var scope = NewDisposeScope();
                Assert.True(published.Load(entry.Name).eq(stored.Load(entry.Name)).all().item<bool>());
            }
        }
    }
}
