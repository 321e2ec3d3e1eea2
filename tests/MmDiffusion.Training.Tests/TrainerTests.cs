using MmDiffusion.Data;
using MmDiffusion.Generation;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class TrainerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_loss_falls(bool upscaler)
    {
        var configuration = (upscaler ? TinyTraining.Upscaler : TinyTraining.Joint) with { Steps = 40 };
        var reports = Train(configuration, steps: 40, out _);
        Assert.InRange(
            reports.TakeLast(5).Average(report => report.VideoLoss),
            0,
            0.8 * reports.Take(5).Average(report => report.VideoLoss));
        Assert.All(reports, report => Assert.Equal(upscaler, report.AudioLoss is null));
    }

    [Fact]
    public void With_everything_given_only_the_other_modality_is_learned()
    {
        using var scope = NewDisposeScope();
        using var task = TrainingTask.Create(TinyTraining.Joint with { Model = TinyTraining.Joint.Model with { ConditionalShare = 1 } });
        using var initial = new SeededRandom(1);
        task.Initialize(initial);
        task.Network.eval();
        using var random = new BatchRandom(Enumerable.Range(0, 40).Select(i => (ulong)i));
        var terms = task.Loss(new AudioVideo(zeros([40, 4, 3, 8, 8]), zeros(40, 1, 256)), full([40], 500, int64), random);
        var (video, audio) = (terms.MeanSquaredError.Video.data<float>().ToArray(), terms.MeanSquaredError.Audio.data<float>().ToArray());
        Assert.All(video.Zip(audio), pair => Assert.True((pair.First == 0) != (pair.Second == 0)));
        Assert.InRange(video.Count(loss => loss == 0), 10, 30);
    }

    [Fact]
    public void A_batch_computed_in_parts_is_the_same_batch()
    {
        Train(TinyTraining.Joint with { MicroBatch = 4 }, steps: 2, out var whole);
        Train(TinyTraining.Joint with { MicroBatch = 1 }, steps: 2, out var parts);
        // The optimiser divides by tiny second moments at first, so that rounding shows in single weights.
        foreach (var (a, b) in whole.Zip(parts)) Assert.InRange((a - b).abs().max().item<float>(), 0, 2e-3f);
        Assert.InRange(whole.Zip(parts).Average(pair => (pair.First - pair.Second).abs().mean().item<float>()), 0, 2e-6f);
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_bit_for_bit()
    {
        Train(TinyTraining.Joint, steps: 3, out var first);
        Train(TinyTraining.Joint, steps: 3, out var second);
        foreach (var (a, b) in first.Zip(second)) Assert.True(a.eq(b).all().item<bool>());
    }

    [Fact]
    public void In_bfloat16_weights_and_their_averages_stay_float32_and_steps_are_nearly_the_same()
    {
        Train(TinyTraining.Joint with { GradientClip = null }, steps: 1, out _, out var exact);
        Train(TinyTraining.Joint with { GradientClip = null, Precision = Precision.BFloat16 }, steps: 1, out var values, out var rounded);
        Assert.All(values, value => Assert.Equal(ScalarType.Float32, value.dtype));
        Assert.InRange(rounded.GradientNorm / exact.GradientNorm, 0.95, 1.05);
    }

    [Fact]
    public void A_long_gradient_is_cut()
    {
        var reports = Train(TinyTraining.Joint with { GradientClip = 1e-9 }, steps: 1, out _);
        Assert.True(reports[0].GradientNorm > 1e-9);
    }

    [Fact]
    public void The_learning_rate_rises_and_falls()
    {
        var configuration = TinyTraining.Joint with { Steps = 10, WarmUpSteps = 4, CoolDownSteps = 2, LearningRate = 0.4 };
        double[] expected = [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.2];
        foreach (var (rate, step) in expected.Zip(Enumerable.Range(1, 10))) Assert.Equal(rate, configuration.LearningRateAt(step), 12);
    }

    [Fact]
    public void Dropout_without_seeds_is_refused_and_with_them_depends_on_them_alone()
    {
        using var scope = NewDisposeScope();
        using var task = TrainingTask.Create(TinyTraining.Joint);
        using var random = new SeededRandom(1);
        task.Initialize(random);
        // Blocks start as nothing; something must come through for a mask to show.
        foreach (var (_, parameter) in task.Network.named_parameters())
            using (no_grad()) parameter.add_(0.01);
        task.Network.train();
        Assert.Contains("DropoutSeeds", Assert.Throws<InvalidOperationException>(() => Loss(task)).Message, StringComparison.Ordinal);
        Assert.Equal(Dropped(task, 7), Dropped(task, 7));
        Assert.NotEqual(Dropped(task, 7), Dropped(task, 8));
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using var task = TrainingTask.Create(TinyTraining.Joint);
        using var random = new SeededRandom(1);
        task.Initialize(random);
        using var source = TinyTraining.Scenes(TinyTraining.Joint);
        using var loader = new ClipLoader(source, new ClipOrder(source.Count, 1), 0, 2);
        var trainer = new Trainer(task, TinyTraining.Joint, seed: 1);
        trainer.MakeStep(loader.Next); // The parameters' gradients come into being.
        var before = TinyTraining.LiveTensors();
        for (var i = 0; i < 3; i++) trainer.MakeStep(loader.Next);
        Assert.Equal(before, TinyTraining.LiveTensors());
        trainer.Dispose();
    }

    private static float Dropped(TrainingTask task, ulong seed)
    {
        task.Drop([seed], RandomGenerator.Philox);
        return Loss(task);
    }

    private static float Loss(TrainingTask task)
    {
        using var scope = NewDisposeScope();
        using var random = new BatchRandom([3]);
        using var source = TinyTraining.Scenes(TinyTraining.Joint);
        var clip = ClipSources.Read(source, 0).Map(part => part.unsqueeze(0));
        return task.Loss(clip, tensor(new long[] { 400 }), random).Loss.item<float>();
    }

    private static List<StepReport> Train(TrainingConfiguration configuration, int steps, out List<Tensor> values)
    {
        using var task = TrainingTask.Create(configuration);
        using var random = new SeededRandom(1);
        task.Initialize(random);
        using var source = TinyTraining.Scenes(configuration);
        using var loader = new ClipLoader(source, new ClipOrder(source.Count, 1), 0, configuration.MicroBatch, threads: 2);
        using var trainer = new Trainer(task, configuration, seed: 1);
        List<StepReport> reports = [.. Enumerable.Range(0, steps).Select(_ => trainer.MakeStep(loader.Next))];
        values = [.. trainer.Values.Concat(trainer.Average).Select(value => value.clone())];
        return reports;
    }

    private static void Train(TrainingConfiguration configuration, int steps, out List<Tensor> values, out StepReport last) =>
        last = Train(configuration, steps, out values)[^1];
}
