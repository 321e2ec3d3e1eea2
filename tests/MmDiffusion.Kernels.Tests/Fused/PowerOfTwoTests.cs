using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Kernels.Fused;

namespace MmDiffusion.Kernels.Tests.Fused;

[Trait("group", "unit")]
public sealed class PowerOfTwoTests
{
    [Fact]
    public void Both_are_as_exact_as_they_say()
    {
        Assert.SkipUnless(Avx512DQ.IsSupported, "this processor has no AVX-512");
        Prop.ForAll(Gen.Choose(-125_000_000, 100_000_000).Select(x => x * 1e-6f).ToArbitrary(), x =>
        {
            var expected = Math.Pow(2, x);
            Assert.InRange(Math.Abs(PowerOfTwo.Of(Vector512.Create(x)).ToScalar() / expected - 1), 0, 2 * Math.Pow(2, -23));
            Assert.InRange(Math.Abs(PowerOfTwo.Roughly(Vector512.Create(x)).ToScalar() / expected - 1), 0, Math.Pow(2, -13));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));
    }

    [Fact]
    public void What_is_far_below_is_nothing_and_what_is_no_number_stays_none()
    {
        Assert.SkipUnless(Avx512DQ.IsSupported, "this processor has no AVX-512");
        Assert.All([-1e30f, float.NegativeInfinity], x => Assert.Equal((0f, 0f), Both(x)));
        Assert.Equal((float.NaN, float.NaN), Both(float.NaN));
        Assert.Equal(1, PowerOfTwo.Of(Vector512<float>.Zero).ToScalar());

        static (float, float) Both(float x) =>
            (PowerOfTwo.Of(Vector512.Create(x)).ToScalar(), PowerOfTwo.Roughly(Vector512.Create(x)).ToScalar());
    }
}
