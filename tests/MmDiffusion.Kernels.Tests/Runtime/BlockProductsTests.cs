using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Runtime;

[Trait("group", "unit")]
public sealed unsafe class BlockProductsTests
{
    private static readonly Gen<(int Rows, int Columns, int Pairs, int Further)> Cases =
        from rows in Gen.Choose(1, 70)
        from columns in Gen.Choose(1, 130)
        from pairs in Gen.Choose(1, 100)
        from further in Gen.Choose(0, 20)
        select (rows, columns, pairs, further);

    [Fact]
    public void Matrices_of_float32_are_multiplied_wherever_their_rows_are()
    {
        TorchRuntime.EnsureLoaded();
        Assert.SkipUnless(BlockProducts.HasFloat32, "libtorch does not multiply blocks here");
        Prop.ForAll(Cases.ToArbitrary(), given =>
        {
            using var scope = NewDisposeScope();
            var (a, b, c) = Draw(given, ScalarType.Float32);
            BlockProducts.Multiply(
                given.Rows, given.Columns, 2 * given.Pairs, TensorMemory.Address<float>(a), a.shape[1], TensorMemory.Address<float>(b),
                (int)b.shape[1],
                TensorMemory.Address<float>(c), (int)c.shape[1]);
            BlockProducts.Release();
            AssertProduct(given, a, b, c);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Matrices_of_bfloat16_are_multiplied_in_pairs_of_rows()
    {
        TorchRuntime.EnsureLoaded();
        Assert.SkipUnless(BlockProducts.HasBFloat16, "libtorch does not multiply blocks of bfloat16 here");
        Prop.ForAll(Cases.ToArbitrary(), given =>
        {
            using var scope = NewDisposeScope();
            var (a, b, c) = Draw(given, ScalarType.BFloat16);
            var pairs = b.unflatten(0, given.Pairs, 2).transpose(1, 2).contiguous(); // [K,N] → [K/2,N,2]
            BlockProducts.Multiply(
                given.Rows, given.Columns, 2 * given.Pairs, TensorMemory.Address<ushort>(a), a.shape[1],
                TensorMemory.Address<ushort>(pairs), (int)b.shape[1],
                TensorMemory.Address<float>(c), (int)c.shape[1]);
            BlockProducts.Release();
            AssertProduct(given, a, b, c);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>Matrices whose rows are longer than what counts of them.</summary>
    private static (Tensor A, Tensor B, Tensor C) Draw((int Rows, int Columns, int Pairs, int Further) given, ScalarType type)
    {
        using var random = new SeededRandom(1);
        return (random.Normal(given.Rows, 2 * given.Pairs + given.Further).to_type(type), random.Normal(
            2 * given.Pairs,
            given.Columns + given.Further).to_type(type), zeros(given.Rows, given.Columns + given.Further));
    }

    private static void AssertProduct((int Rows, int Columns, int Pairs, int Further) given, Tensor a, Tensor b, Tensor c)
    {
        var expected = a.narrow(1, 0, 2 * given.Pairs)
            .to_type(ScalarType.Float64)
            .matmul(b.narrow(1, 0, given.Columns).to_type(ScalarType.Float64));
        Assert.InRange((c.narrow(1, 0, given.Columns) - expected).abs().max().item<double>(), 0, 1e-4);
        Assert.Equal(0, c.narrow(1, given.Columns, given.Further).abs().sum().item<float>());
    }
}
