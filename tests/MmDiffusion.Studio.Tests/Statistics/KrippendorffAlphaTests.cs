using MmDiffusion.Studio.Statistics;

namespace MmDiffusion.Studio.Tests.Statistics;

[Trait("group", "unit")]
public sealed class KrippendorffAlphaTests
{
    /// <summary>
    /// Example C of Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers, twelve units, 0 for none.
    /// </summary>
    private static readonly int[][] Published =
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ];

    [Theory]
    [InlineData("Nominal", 0.743)]
    [InlineData("Ordinal", 0.815)]
    [InlineData("Interval", 0.849)]
    public void It_gives_the_published_values_of_the_worked_example(string scale, double alpha) =>
        Assert.Equal(alpha, KrippendorffAlpha.Compute(Units(Published), Enum.Parse<AgreementScale>(scale))!.Value, 3);

    [Fact]
    public void Full_agreement_is_one() =>
        Assert.Equal(1, KrippendorffAlpha.Compute([[1, 1, 1], [4, 4], [2, 2]], AgreementScale.Ordinal));

    [Fact]
    public void Chance_is_about_zero()
    {
        var random = new Random(1);
        var units = Enumerable.Range(0, 2000).Select(_ => Enumerable.Range(0, 3).Select(_ => random.Next(1, 6)).ToArray());
        Assert.InRange(KrippendorffAlpha.Compute(units, AgreementScale.Interval)!.Value, -0.05, 0.05);
    }

    [Fact]
    public void Nothing_to_compare_is_no_number()
    {
        Assert.Null(KrippendorffAlpha.Compute([[1], [2], [3]], AgreementScale.Nominal));
        Assert.Null(KrippendorffAlpha.Compute([[3, 3], [3, 3]], AgreementScale.Nominal));
    }

    private static IEnumerable<IReadOnlyList<int>> Units(int[][] observers) =>
        Enumerable.Range(0, observers[0].Length).Select(unit =>
            observers.Select(values => values[unit]).Where(value => value != 0).ToArray());
}
