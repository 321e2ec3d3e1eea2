using MmDiffusion.Kernels.Operations;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Fused;

/// <summary>What the tests of attention by blocks attend with, where there are blocks.</summary>
internal static class AttentionInputs
{
    internal const string NoBlocks = "libtorch multiplies no blocks of this format here";

    internal static bool HasBlocks(ScalarType type) => type == ScalarType.Float32 ? BlockProducts.HasFloat32 : BlockProducts.HasBFloat16;

    /// <summary>[B,heads,T,D], cut out of wider rows as queries are out of what projects them.</summary>
    internal static Tensor Draw(
        SeededRandom random,
        long batch,
        long tokens,
        long heads,
        long width,
        ScalarType type,
        float deviation = 1) =>
        Attention.SplitHeads(
            (random.Normal(batch, tokens, 3 * heads * width) * deviation).to_type(type).narrow(2, heads * width, heads * width),
            heads);
}
