using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Media;
using SkiaSharp;

namespace MmDiffusion.Evaluation.Tests.Losses;

[Trait("group", "unit")]
public sealed class TrainingCurveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private TrainingCurve Run(string name, string losses, string? reviews = null)
    {
        Directory.CreateDirectory(_folder[name]);
        File.WriteAllText(_folder[$"{name}/losses.csv"], losses);
        if (reviews is not null) File.WriteAllText(_folder[$"{name}/held-out.csv"], reviews);
        return TrainingCurve.Read(_folder[name]);
    }

    [Fact]
    public void The_tables_of_a_run_are_read_by_their_columns()
    {
        var curve = Run("run", "step,loss,video_loss\n10,0.5,0.2\n20,0.25,0.1\n3", "step,seen,seen_1,unseen\n20,0.3,1,0.4\n40,0.2,1,\n");
        Assert.Equal("run", curve.Name);
        Assert.Equal([new CurvePoint(10, 0.5), new CurvePoint(20, 0.25)], curve.Training);
        Assert.Equal([new CurvePoint(20, 0.3), new CurvePoint(40, 0.2)], curve.Seen);
        Assert.Equal([new CurvePoint(20, 0.4)], curve.HeldOut);
    }

    [Fact]
    public void What_is_no_run_is_refused_with_what_was_expected()
    {
        Assert.Contains(
            "expected the output folder of a training run",
            Assert.ThrowsAny<MmDiffusionException>(() => TrainingCurve.Read(_folder["nowhere"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "no rows yet",
            Assert.ThrowsAny<MmDiffusionException>(() => Run("young", "step,loss\n")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "no column 'loss'",
            Assert.ThrowsAny<MmDiffusionException>(() => Run("other", "step,price\n1,2\n")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(200)]
    [InlineData(1001)]
    public void Smoothing_keeps_the_mean_of_equal_parts_and_no_more_points_than_asked(int count)
    {
        CurvePoint[] points = [.. Enumerable.Range(1, count).Select(step => new CurvePoint(step, 3))];
        var smooth = TrainingCurve.Smooth(points, 100);
        Assert.InRange(smooth.Count, Math.Min(count, 50), 100);
        Assert.All(smooth, point => Assert.Equal(3, point.Loss, 12));
    }

    [Fact]
    public void Several_runs_become_one_picture_in_which_each_is_drawn()
    {
        var first = Run("first", "step,loss\n10,1\n1000,0.5\n");
        var alone = Pixels(TrainingCurvePlot.Write([first], _folder["a"]));
        var both = Pixels(TrainingCurvePlot.Write(
            [first, Run("second", "step,loss\n10,2\n1000,1\n", "step,seen,unseen\n500,0.7,0.8\n")],
            _folder["b"]));
        Assert.Equal((900, 480), (both.Width, both.Height));
        Assert.True(Colours(both) > Colours(alone), "the second run has a colour of its own");
    }

    private static SKBitmap Pixels(string path) => SKBitmap.Decode(path);

    private static int Colours(SKBitmap picture) => picture.Pixels.Distinct().Count();
}
