using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Fused;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Fused;

[Trait("group", "unit")]
public sealed class FrameNormTests
{
    /// <summary>Channels that are no multiple of sixteen take the way of tensors.</summary>
    [Fact]
    public void It_is_group_norm_of_the_frames_of_each_pixel_for_any_shape()
    {
        var cases = from batch in Gen.Choose(1, 2)
                    from frames in Gen.Choose(2, 20)
                    from pixels in Gen.Choose(1, 60)
                    from groups in Gen.Elements(4, 8)
                    from perGroup in Gen.Choose(2, 9)
                    from offset in Gen.Elements(0.0, 5.0)
                    from seed in Gen.Choose(0, 1000)
                    select (batch, frames, pixels, groups, channels: groups * perGroup * 2, offset, seed);
        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            using var scope = NewDisposeScope();
            using var random = new SeededRandom((ulong)given.seed);
            var x = random.Normal(given.batch, given.frames, given.pixels, given.channels) * 2 + given.offset;
            var (weight, bias) = (random.Normal(given.channels) + 1, random.Normal(given.channels));
            var expected = Formula(
                x.to_type(ScalarType.Float64),
                weight.to_type(ScalarType.Float64),
                bias.to_type(ScalarType.Float64),
                given.groups).to_type(ScalarType.Float32);
            Assert.InRange((FrameNorm.Apply(x, weight, bias, given.groups) - expected).abs().max().item<float>(), 0, 5e-4);
            var rounded = FrameNorm.Apply(x.bfloat16(), weight, bias, given.groups);
            Assert.Equal(ScalarType.BFloat16, rounded.dtype);
            if (given.offset == 0) Assert.InRange(Networks.RelativeError(rounded.to_type(ScalarType.Float32), expected), 0, 0.02);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var (x, weight, bias) = (random.Normal(1, 4, 9, 32), ones(32), zeros(32));
        var before = LiveTensors.CountBefore();
        FrameNorm.Apply(x, weight, bias, 8).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static Tensor Formula(Tensor x, Tensor weight, Tensor bias, long groups)
    {
        var (b, f, p, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        var sequences = x.permute(0, 2, 3, 1).reshape(b * p, c, f);
        return nn.functional.group_norm(sequences, groups, weight, bias, FusedNorm.Epsilon).view(b, p, c, f).permute(0, 3, 1, 2);
    }
}
