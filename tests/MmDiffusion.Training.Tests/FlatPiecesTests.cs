using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Runtime;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class FlatPiecesTests
{
    public FlatPiecesTests() => TorchRuntime.EnsureLoaded();

    /// <summary>Small tensors, large ones that many parts share, and empty ones between.</summary>
    [Fact]
    public void Every_value_of_every_tensor_is_met_once() =>
        Prop.ForAll(Gen.ListOf(Gen.OneOf(Gen.Choose(0, 3), Gen.Choose(1, 300), Gen.Choose(50_000, 200_000))).ToArbitrary(), sizes =>
        {
            using var scope = NewDisposeScope();
            var tensors = sizes.Select(size => zeros(size)).ToList();
            Assert.True(FlatPieces<float>.TryGet(tensors, ScalarType.Float32, out var pieces));
            pieces.InParts((tensor, first, count) =>
            {
                foreach (ref var value in pieces[tensor, first, count]) value += tensor + 1;
            });
            return tensors.Select((tensor, i) => tensor.eq(i + 1).all().item<bool>()).All(met => met);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Tensors_of_another_type_or_order_in_memory_are_not_taken()
    {
        using var scope = NewDisposeScope();
        Assert.False(FlatPieces<float>.TryGet([zeros(3), zeros(3, dtype: ScalarType.BFloat16)], ScalarType.Float32, out _));
        Assert.False(FlatPieces<float>.TryGet([zeros(3, 4).t()], ScalarType.Float32, out _));
        Assert.True(FlatPieces<ushort>.TryGet([zeros(3, dtype: ScalarType.BFloat16)], ScalarType.BFloat16, out _));
    }
}
