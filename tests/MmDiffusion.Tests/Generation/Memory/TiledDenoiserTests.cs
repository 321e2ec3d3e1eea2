using MmDiffusion.Diffusion;
using MmDiffusion.Generation.Memory;
using MmDiffusion.Primitives;
using MmDiffusion.Tests.Diffusion;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Generation.Memory;

[Trait("group", "unit")]
public sealed class TiledDenoiserTests
{
    private static readonly TileLayout Layout = new((32, 48), (16, 24), 8);

    [Fact]
    public void A_denoiser_that_looks_at_single_pixels_gives_the_same_in_tiles()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var x = new AudioVideo(random.Normal(2, 3, 32, 48), null);
        var ofPixels = new DelegateDenoiser((state, time) =>
            new AudioVideo(cat([state.Video.tanh(), state.Video + time.view(-1, 1, 1, 1)], 1), null));
        var (whole, tiled) = (ofPixels.Predict(x, tensor([1f, 2f])).Video, Tiled(ofPixels).Predict(x, tensor([1f, 2f])).Video);
        Assert.Equal([2, 6, 32, 48], tiled.shape);
        Assert.InRange((whole - tiled).abs().max().item<float>(), 0, 1e-5);
    }

    [Fact]
    public void Where_tiles_disagree_the_result_changes_gradually()
    {
        using var scope = NewDisposeScope();
        var number = 0;
        var disagreeing = Layout.Places.Select(_ =>
            new DelegateDenoiser((state, _) => new AudioVideo(full_like(state.Video, number++), null))).ToList();
        var row = new TiledDenoiser(Layout, disagreeing).Predict(new AudioVideo(zeros(1, 1, 32, 48), null), tensor([0f])).Video[0, 0, 0]
            .data<float>()
            .ToArray();
        Assert.Equal(0, row[0]);
        Assert.Equal(2, row[47]);
        Assert.All(row.Zip(row.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 0, 0.25f));
    }

    [Fact]
    public void It_leaves_no_tensor_behind_but_its_result()
    {
        using var random = new SeededRandom(1);
        using var x = random.Normal(1, 3, 32, 48);
        using var time = tensor([1f]);
        var denoiser = Tiled(new DelegateDenoiser((state, _) => new AudioVideo(state.Video.alias(), null)));
        var before = LiveTensors.CountBefore();
        denoiser.Predict(new AudioVideo(x, null), time).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static TiledDenoiser Tiled(IDenoiser denoiser) => new(Layout, [.. Layout.Places.Select(_ => denoiser)]);
}
