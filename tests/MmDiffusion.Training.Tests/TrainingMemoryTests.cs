using MmDiffusion.Media;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class TrainingMemoryTests
{
    private const long Gigabyte = 1_000_000_000;

    [Fact]
    public void What_cannot_fit_is_refused_and_what_hardly_fits_is_told()
    {
        // Weights, gradients, two moments and one average: 20 bytes a parameter.
        var memory = new TrainingMemory(100_000_000, Averages: 1, MomentShares: 1);
        Assert.Equal(2 * Gigabyte, memory.Least);
        Assert.Null(memory.Check(total: 4 * Gigabyte, attainable: 2 * Gigabyte));
        var warning = memory.Check(total: 4 * Gigabyte, attainable: Gigabyte);
        Assert.Contains("100.0 million parameters take 2.0 GB", warning, StringComparison.Ordinal);
        Assert.Contains("only 1.0 GB of memory are free", warning, StringComparison.Ordinal);
        var refusal = Assert.ThrowsAny<MmDiffusionException>(() => memory.Check(total: Gigabyte, attainable: Gigabyte)).Message;
        Assert.Contains("cannot be trained here", refusal, StringComparison.Ordinal);
        Assert.Contains("1.0 GB; train a smaller network", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranks_share_the_moments() =>
        Assert.Equal(4L * (4 * 1000 + 2 * 1000 / 4), new TrainingMemory(1000, Averages: 2, MomentShares: 4).Least);

    [Fact]
    public void A_configuration_s_parameters_and_averages_are_counted()
    {
        var configuration = TinyTraining.Joint with { EmaRates = [0.9, 0.5], AverageWidths = [0.1] };
        using var task = TrainingTask.Create(configuration);
        var expected = task.Network.parameters().Sum(parameter => parameter.numel());
        Assert.Equal(new TrainingMemory(expected, 3, 2), TrainingMemory.Of(configuration, 2));
    }
}
