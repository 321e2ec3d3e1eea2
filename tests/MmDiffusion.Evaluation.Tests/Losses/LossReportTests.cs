using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests.Losses;

[Trait("group", "unit")]
public sealed class LossReportTests
{
    [Fact]
    public void Clips_that_are_no_harder_give_a_ratio_of_1_and_harder_ones_theirs()
    {
        var random = new Random(3);
        var seen = Enumerable.Range(0, 200).Select(_ => (IReadOnlyList<double>)[0.2 + 0.1 * random.NextDouble(), 0.05]).ToList();
        var same = LossReport.Of(seen, [.. seen.AsEnumerable().Reverse()]);
        Assert.Equal(1, same.Ratio, 12);
        Assert.True(same.RatioInterval.Contains(1));
        var harder = LossReport.Of(seen, [.. seen.Select(losses => (IReadOnlyList<double>)[.. losses.Select(loss => 1.2 * loss)])]);
        Assert.Equal(1.2, harder.Ratio, 12);
        Assert.True(harder.RatioInterval is { Lower: > 1.19, Upper: < 1.21 }, "pairs share their noise, which cancels");
        Assert.Equal(0.06, harder.HeldOut[1], 12);
        Assert.Equal(200, harder.Clips);
    }

    [Fact]
    public void A_report_is_read_as_it_was_printed_and_another_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        var report = LossReport.Of([[0.2, 0.1], [0.3, 0.1]], [[0.25, 0.1], [0.3, 0.2]]) with
        {
            Model = "models/a",
            SeenClips = "synth:9@1",
            HeldOutClips = "held-out",
        };
        File.WriteAllText(folder["loss.json"], report.ToJson());
        Assert.Equal(report.ToJson(), LossReport.Read(folder["loss.json"]).ToJson());
        foreach (var other in new[]
        {
            "{}", "[1]", "{ \"seen\": [1], \"held_out\": [1, 2], \"ratio_interval\": [1, 2] }", "{ \"seen\": [1], \"held_out\": [1] }",
            "no",
        })
        {
            File.WriteAllText(folder["other.json"], other);
            Assert.Contains(
                "is no loss of a model",
                Assert.ThrowsAny<MmDiffusionException>(() => LossReport.Read(folder["other.json"])).Message,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_loss_that_is_not_finite_is_printed_and_read(double loss)
    {
        using var folder = new TemporaryFolder();
        var report = LossReport.Of([[0.2, 0.1], [0.3, 0.1]], [[loss, 0.1], [0.3, 0.2]]);
        File.WriteAllText(folder["loss.json"], report.ToJson());
        var read = LossReport.Read(folder["loss.json"]);
        Assert.Equal((loss, loss), (read.HeldOut[0], read.Ratio));
        Assert.Equal(report.RatioInterval, read.RatioInterval);
        Assert.Equal(report.ToJson(), read.ToJson());
    }

    [Fact]
    public void Different_numbers_of_clips_are_refused() =>
        Assert.Throws<ArgumentException>(() => LossReport.Of([[1.0]], [[1.0], [2.0]]));
}
