using MmDiffusion.Studio.Statistics;

namespace MmDiffusion.Studio.Tests.Statistics;

[Trait("group", "unit")]
public sealed class StudentTTests
{
    /// <summary>From printed tables of the distribution.</summary>
    [Theory]
    [InlineData(1, 12.706)]
    [InlineData(2, 4.303)]
    [InlineData(5, 2.571)]
    [InlineData(10, 2.228)]
    [InlineData(30, 2.042)]
    [InlineData(120, 1.980)]
    [InlineData(1e7, 1.960)]
    public void Quantiles_are_those_of_the_tables(double freedom, double quantile) =>
        Assert.Equal(quantile, StudentT.Quantile(0.95, freedom), 3);

    [Fact]
    public void The_probability_undoes_the_quantile()
    {
        foreach (var freedom in (double[])[0.7, 1, 3.3, 12, 400])
        {
            foreach (var confidence in (double[])[0.5, 0.9, 0.999])
                Assert.Equal(1 - confidence, StudentT.TwoSided(StudentT.Quantile(confidence, freedom), freedom), 9);
        }

        Assert.Equal(1, StudentT.TwoSided(0, 4));
    }
}
