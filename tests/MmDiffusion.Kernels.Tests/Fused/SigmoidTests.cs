using System.Runtime.Intrinsics;
using MmDiffusion.Kernels.Fused;

namespace MmDiffusion.Kernels.Tests.Fused;

[Trait("group", "unit")]
public sealed class SigmoidTests
{
    [Fact]
    public void It_is_the_sigmoid_as_exactly_as_a_format_wants_it()
    {
        for (var z = -80f; z < 80; z += 0.0137f)
        {
            var exact = 1 / (1 + Math.Exp(-z));
            Assert.InRange(Sigmoid.For<float>(Vector512.Create(z))[0] / exact, 1 - 4e-7, 1 + 4e-7);
            Assert.InRange(
                Sigmoid.For<ushort>(Vector512.Create(z))[0] / exact,
                1 - Math.Pow(2, -20) - Math.Abs(z) * Math.Pow(2, -24),
                1 + Math.Pow(2, -20) + Math.Abs(z) * Math.Pow(2, -24));
        }
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(-1e30f, 0)]
    [InlineData(1e30f, 1)]
    [InlineData(float.PositiveInfinity, 1)]
    [InlineData(float.NaN, float.NaN)]
    public void Extremes_have_their_limits_and_what_is_no_number_stays_none(float z, float expected)
    {
        Assert.Equal(expected, Sigmoid.For<float>(Vector512.Create(z))[0], 1e-37f);
        Assert.Equal(expected, Sigmoid.For<ushort>(Vector512.Create(z))[0], 1e-37f);
    }
}
