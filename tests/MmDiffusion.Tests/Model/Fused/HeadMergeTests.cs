using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Model.Fused;

[Trait("group", "unit")]
public sealed class HeadMergeTests
{
    /// <summary>Widths that are no multiple of sixteen take the way of tensors.</summary>
    [Fact]
    public void Heads_stand_side_by_side_and_rows_are_multiplied()
    {
        var cases = from sequences in Gen.Choose(1, 3)
                    from heads in Gen.Choose(1, 5)
                    from tokens in Gen.Choose(1, 300)
                    from width in Gen.Elements(8, 16, 48, 64)
                    select (sequences, heads, tokens, width);
        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            using var scope = NewDisposeScope();
            using var random = new SeededRandom(1);
            var sums = random.Normal(given.sequences, given.heads, given.tokens, given.width).bfloat16();
            var factors = random.Uniform(given.sequences, given.heads, given.tokens);
            var target = empty(given.sequences, given.tokens, given.heads * given.width, dtype: ScalarType.BFloat16);
            HeadMerge.Write(sums.flatten(0, 1), factors.flatten(0, 1), target);
            var expected = (sums * factors.unsqueeze(3)).transpose(1, 2).flatten(2).bfloat16();
            Assert.True(target.eq(expected).all().item<bool>());
        }).QuickCheckThrowOnFailure();
    }
}
