using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model.Fused;

[Trait("group", "unit")]
public sealed class WideningSumTests
{
    public WideningSumTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void It_is_the_sum_of_libtorch_bit_for_bit()
    {
        var cases = from rows in Gen.OneOf(Gen.Choose(1, 70), Gen.Choose(1, 5000))
                    from columns in Gen.Choose(1, 20)
                    from type in Gen.Elements(ScalarType.BFloat16, ScalarType.Float32)
                    from across in Gen.Elements(false, true)
                    select (rows, columns, type, across);
        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            using var scope = NewDisposeScope();
            using var random = new SeededRandom(1);
            var (sum, drawn) = (random.Normal(given.rows, given.columns), random.Normal(given.across ? given.columns : given.rows, given.across ? given.rows : given.columns).to_type(given.type));
            var values = given.across ? drawn.t() : drawn;
            var expected = sum + values;
            WideningSum.Add(sum, values);
            Assert.True(sum.equal(expected).all().item<bool>());
        }).QuickCheckThrowOnFailure();
    }
}
