using MmDiffusion.Kernels.Operations;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Operations;

[Trait("group", "unit")]
public class AttentionTests
{
    /// <summary>Heads fill whole vectors, or not; of the last there are more keys than a core's cache has room for.</summary>
    [Theory]
    [InlineData(2, 4, 7, 5, 16)]
    [InlineData(1, 1, 1, 1, 8)]
    [InlineData(21, 4, 256, 256, 16)]
    [InlineData(2, 3, 30, 40, 12)]
    [InlineData(3, 2, 1600, 1500, 8)]
    [InlineData(21, 4, 256, 256, 64)]
    [InlineData(1, 2, 40, 9000, 32)]
    public void In_bfloat16_it_is_the_formula_but_for_rounding(long sequences, long heads, long queries, long keys, long channels)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(1);
        var (q, k, v) = (Draw(queries), Draw(keys), Draw(keys));
        var expected = nn.functional.softmax(q.matmul(k.transpose(2, 3)) / Math.Sqrt(channels), -1).matmul(v).transpose(1, 2).flatten(2);
        Tensor BFloat16() =>
            Attention.Attend(q.to(ScalarType.BFloat16), k.to(ScalarType.BFloat16), v.to(ScalarType.BFloat16)).to(ScalarType.Float32);
        using (no_grad()) Assert.InRange((BFloat16() - expected).abs().max().item<float>(), 0, 0.03);
        Assert.InRange((BFloat16() - expected).abs().max().item<float>(), 0, 0.03);
        Assert.InRange((Attention.Attend(q, k, v) - expected).abs().max().item<float>(), 0, 1e-5);

        Tensor Draw(long tokens) => random.Normal(sequences, heads, tokens, channels);
    }
}
