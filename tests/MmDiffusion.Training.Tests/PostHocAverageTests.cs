using MmDiffusion.Checkpoints;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class PostHocAverageTests
{
    /// <summary>Values that the paper's equations give: σ_rel of 5% and 10% are γ of 16.97 and 6.94.</summary>
    [Theory]
    [InlineData(0.05, 16.97)]
    [InlineData(0.10, 6.94)]
    public void The_exponent_is_that_of_the_relative_width(double width, double exponent) =>
        Assert.Equal(exponent, PostHocAverage.ExponentOf(width), 2);

    [Theory]
    [InlineData(0)]
    [InlineData(-0.1)]
    [InlineData(0.3)]
    [InlineData(double.NaN)]
    public void A_width_out_of_range_is_refused(double width) =>
        Assert.Contains(
            "the relative width of an average is",
            Assert.ThrowsAny<MmDiffusionException>(() => PostHocAverage.ExponentOf(width)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void What_was_stored_is_met_exactly()
    {
        var (coefficients, error) = PostHocAverage.Mixture([(100, 0.05), (200, 0.05), (200, 0.1)], 200, 0.1);
        Assert.Equal(0, coefficients[0], 6);
        Assert.Equal(0, coefficients[1], 6);
        Assert.Equal(1, coefficients[2], 6);
        Assert.True(error < 1e-6);
    }

    /// <summary>Of a random walk, whose averages of different lengths are far from each other.</summary>
    [Theory]
    [InlineData(0.03)]
    [InlineData(0.07)]
    [InlineData(0.15)]
    [InlineData(0.25)]
    public void The_mixture_of_stored_averages_is_near_the_average_made_on_the_way(double width)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(3);
        const int steps = 4000, every = 100, last = 3900;
        double[] widths = [0.05, 0.1];
        var walk = random.Normal(steps, 64).cumsum(0);
        var parameter = zeros(64);
        using var wanted = new MovingAverage([parameter], AverageProfile.PowerFunction(width));
        var averages = widths.Select(each => new MovingAverage([parameter], AverageProfile.PowerFunction(each))).ToList();
        var stored = new List<(long Step, double Width, Tensor Average)>();
        for (var step = 1; step <= last; step++)
        {
            parameter.copy_(walk[step - 1]);
            wanted.Update(step);
            averages.ForEach(average => average.Update(step));
            if (step % every != 0) continue;
            foreach (var (average, each) in averages.Zip(widths)) stored.Add((step, each, average.Averages[0].clone()));
        }
        var (coefficients, error) = PostHocAverage.Mixture([.. stored.Select(each => (each.Step, each.Width))], last, width);
        var mixed = stored.Zip(coefficients, (each, c) => each.Average * c).Aggregate((sum, each) => sum + each);
        var distance = (mixed - wanted.Averages[0]).norm().item<float>() / (walk[last - 1] - wanted.Averages[0]).norm().item<float>();
        averages.ForEach(average => average.Dispose());
        Assert.True(distance < 0.02, $"distance {distance}, error of the profile {error}");
        Assert.True(error < 0.05, $"error of the profile {error}");
    }

    [Fact]
    public void Averages_that_cannot_be_stored_do_not_end_the_training()
    {
        using var run = new TinyRun();
        var configuration = TinyTraining.Joint with { Steps = 3, AverageWidths = [0.1, 0.2], AverageEvery = 1 };
        Directory.CreateDirectory(run.Path());
        File.WriteAllText(run.Path("averages"), "in the way");
        run.Train(configuration);
        Assert.Contains(run.Notices, notice =>
            notice.StartsWith("storing the averages of step 1 failed", StringComparison.Ordinal)
            && notice.EndsWith("the training continues", StringComparison.Ordinal));
        Assert.Equal([3L, 2L], run.Folder().Checkpoints());
    }

    /// <summary>A run that is resumed stores what one that goes through would, and of what it stored a model is made.</summary>
    [Fact]
    public void A_model_is_made_of_what_a_run_stored()
    {
        using var folder = new TemporaryFolder();
        var configuration = TinyTraining.Joint with { Steps = 6, AverageWidths = [0.1, 0.2], AverageEvery = 2 };
        Train(configuration, folder["straight"]);
        Train(configuration with { Steps = 3 }, folder["resumed"]);
        Train(configuration, folder["resumed"], resume: true);
        var run = new TrainingFolder(folder["straight"]);
        Assert.Equal([2L, 4, 6], run.StoredAverages());
        Assert.Equal(File.ReadAllBytes(run.AveragesOf(6)), File.ReadAllBytes(new TrainingFolder(folder["resumed"]).AveragesOf(6)));

        var (model, error) = PostHocAverage.Create(run, 0.2, null, folder["average"]);
        Assert.True(error < 1e-6);
        using var scope = NewDisposeScope();
        using var made = WeightFile.Open(model.Weights!);
        using var stored = WeightFile.Open(run.AveragesOf(6), "power_0.2");
        Assert.Equal(stored.Entries.Count, made.Entries.Count);
        Assert.All(stored.Entries, entry => Assert.True(allclose(stored.Load(entry.Name), made.Load(entry.Name), rtol: 1e-4, atol: 1e-5)));
        using (JointModel.Load(ModelDirectory.Open(model.Path), new ModelOptions()))
            Assert.Contains(
                "average of relative width 0.2 at step 6",
                ModelDirectory.Open(model.Path).Description.Source,
                StringComparison.Ordinal);

        Refused("stored averages at steps 2 to 6, none can be made for step 7", run, 0.1, 7);
        Refused("the relative width of an average is 0.5", run, 0.5, null);
        Refused("has no stored averages; train with average_widths", new TrainingFolder(folder["none"]), 0.1, null);

        void Refused(string sentence, TrainingFolder of, double width, long? step) =>
            Assert.Contains(
                sentence,
                Assert.ThrowsAny<MmDiffusionException>(() => PostHocAverage.Create(of, width, step, folder["refused"])).Message,
                StringComparison.Ordinal);
    }

    private static void Train(TrainingConfiguration configuration, string folder, bool resume = false)
    {
        using var data = TinyTraining.Scenes(configuration);
        new TrainingRun(configuration, new TrainingFolder(folder), new TrainingRunOptions
        {
            Resume = resume,
            SheetClips = 0,
            HeldOutClips = 1,
        }).Run(data);
    }
}
