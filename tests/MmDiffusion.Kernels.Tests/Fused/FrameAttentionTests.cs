using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Fused;

[Trait("group", "unit")]
public sealed class FrameAttentionTests
{
    private static readonly Gen<(int Batch, int Frames, int Pixels, int Heads, int Width, int Seed)> Cases =
        from batch in Gen.Choose(1, 2)
        from frames in Gen.Choose(1, 37)
        from pixels in Gen.Choose(1, 40)
        from heads in Gen.Choose(1, 4)
        from width in Gen.Elements(8, 16, 48, 64)
        from seed in Gen.Choose(0, 1000)
        select (batch, frames, pixels, heads, width, seed);

    /// <summary>Widths that are no multiple of sixteen take the way of tensors.</summary>
    [Fact]
    public void It_is_attention_over_the_frames_of_each_pixel_for_any_shape() => Prop.ForAll(Cases.ToArbitrary(), given =>
    {
        using var scope = NewDisposeScope();
        var qkv = Draw(given.Batch, given.Frames, given.Pixels, 3 * given.Heads * given.Width, given.Seed);
        var expected = Formula(qkv.to_type(ScalarType.Float64), given.Heads).to_type(ScalarType.Float32);
        Assert.InRange((FrameAttention.Apply(qkv, given.Heads) - expected).abs().max().item<float>(), 0, 1e-4);
        var rounded = FrameAttention.Apply(qkv.bfloat16(), given.Heads);
        Assert.Equal(ScalarType.BFloat16, rounded.dtype);
        // The way of tensors rounds scores and weights too.
        Assert.InRange(
            Networks.RelativeError(rounded.to_type(ScalarType.Float32), Formula(qkv.bfloat16().to_type(ScalarType.Float32), given.Heads)),
            0,
            0.05);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void In_bfloat16_only_the_result_is_rounded()
    {
        using var scope = NewDisposeScope();
        var qkv = Draw(1, 16, 50, 3 * 4 * 64, 1).bfloat16();
        var expected = Formula(qkv.to_type(ScalarType.Float64), 4).bfloat16();
        Assert.True(FrameAttention.Apply(qkv, 4).eq(expected).to_type(ScalarType.Float32).mean().item<float>() > 0.999);
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var scope = NewDisposeScope();
        var qkv = Draw(1, 16, 9, 3 * 32, 1);
        var before = LiveTensors.CountBefore();
        FrameAttention.Apply(qkv, 2).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static Tensor Formula(Tensor qkv, long heads)
    {
        var (b, f, p) = (qkv.shape[0], qkv.shape[1], qkv.shape[2]);
        var parts = qkv.transpose(1, 2).reshape(b * p, f, 3, heads, -1).permute(2, 0, 3, 1, 4); // [B,F,P,3C] → [3,B*P,heads,F,D]
        var attended = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]);
        return attended.transpose(1, 2).reshape(b, p, f, -1).transpose(1, 2);
    }

    private static Tensor Draw(long batch, long frames, long pixels, long channels, int seed)
    {
        using var random = new SeededRandom((ulong)seed);
        return random.Normal(batch, frames, pixels, channels) * 2;
    }
}
