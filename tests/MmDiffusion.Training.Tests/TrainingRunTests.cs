using System.Text.Json.Nodes;
using MmDiffusion.Checkpoints;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class TrainingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(TimestepSampling.Uniform, Precision.Float32)]
    [InlineData(TimestepSampling.LossAware, Precision.Float32, Traits = ["group", "slow"])]
    [InlineData(TimestepSampling.Uniform, Precision.BFloat16, Traits = ["group", "slow"])]
    public void An_interrupted_run_ends_as_if_it_had_not_been(TimestepSampling timesteps, Precision precision)
    {
        var configuration = TinyTraining.Joint with { Timesteps = timesteps, Precision = precision };
        Run(configuration, "whole");
        foreach (var stop in new[] { 2, 5 })
            Assert.Throws<OperationCanceledException>(() => Run(configuration, "parts", resume: true, stopAfter: stop));
        Run(configuration, "parts", resume: true);
        Assert.Equal(State("whole", 6), State("parts", 6));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_folder["whole"], "model", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(_folder["parts"], "model", "model.safetensors")));
        Assert.Equal(
            File.ReadAllText(new TrainingFolder(_folder["whole"]).Losses),
            File.ReadAllText(new TrainingFolder(_folder["parts"]).Losses));
    }

    [Fact]
    public void An_upscaler_resumes_too()
    {
        Run(TinyTraining.Upscaler, "whole");
        Assert.Throws<OperationCanceledException>(() => Run(TinyTraining.Upscaler, "parts", stopAfter: 2));
        Run(TinyTraining.Upscaler, "parts", resume: true);
        Assert.Equal(State("whole", 4), State("parts", 4));
    }

    [Fact]
    public void The_last_two_checkpoints_are_kept_and_leftovers_go()
    {
        Run(TinyTraining.Joint, "run");
        var folder = new TrainingFolder(_folder["run"]);
        Assert.Equal([6L, 5L], folder.Checkpoints());
        var leftover = Directory.CreateDirectory(Path.Combine(folder.Path, "checkpoints", ".step-00000007.1-x.part")).FullName;
        Run(TinyTraining.Joint with { Steps = 7 }, "run", resume: true);
        Assert.Equal([7L, 6L], folder.Checkpoints());
        Assert.False(Directory.Exists(leftover));
    }

    [Fact]
    public void The_model_generates_and_is_reviewed_at_the_end()
    {
        ReviewReport? review = null;
        Run(TinyTraining.Joint with { Steps = 2 }, "run", options => options with { SheetClips = 1 }, observer: progress =>
            review = progress.Review ?? review);
        Assert.Equal(2, review!.Step);
        Assert.Equal((HeldOutLoss.Ranges, HeldOutLoss.Ranges), (review.Seen.Count, review.Unseen!.Count));
        Assert.True(File.Exists(review.Sheet));
        using var model = JointModel.Load(ModelDirectory.Open(Path.Combine(_folder["run"], "model")), new ModelOptions());
        Assert.True(model.Directory.Description.Trained);
        Assert.NotEmpty(Directory.GetFiles(new TrainingFolder(_folder["run"]).Logs));
    }

    [Fact]
    public void An_upscaler_is_reviewed_with_a_sheet()
    {
        ReviewReport? review = null;
        Run(TinyTraining.Upscaler with { Steps = 1 }, "run", options => options with { SheetClips = 2 }, observer: progress =>
            review = progress.Review ?? review);
        Assert.Equal(
            (4 * 16, 2 * 16),
            (Media.Pictures.PngImage.Read(review!.Sheet!).Width, Media.Pictures.PngImage.Read(review.Sheet!).Height));
    }

    [Fact]
    public void Training_continues_from_given_weights()
    {
        Run(TinyTraining.Joint with { Steps = 1 }, "first");
        var weights = Path.Combine(_folder["first"], "model", "model.safetensors");
        Run(TinyTraining.Joint with { Steps = 1, LearningRate = 1e-12 }, "second", options => options with { From = weights });
        using var before = WeightFile.Open(weights);
        using var after = WeightFile.Open(Path.Combine(_folder["second"], "model", "model.safetensors"));
        foreach (var entry in before.Entries)
        {
            using var difference = (before.Load(entry.Name) - after.Load(entry.Name)).abs().max();
            Assert.InRange(difference.item<float>(), 0, 1e-6f);
        }
    }

    [Fact]
    public void A_run_whose_state_names_no_generator_continues_with_the_old_one()
    {
        Run(TinyTraining.Joint, "whole");
        Assert.Throws<OperationCanceledException>(() => Run(TinyTraining.Joint, "old", stopAfter: 2));
        ChangeState("old", 2, state =>
        {
            Assert.Equal("philox4x32-10", state["generator"]!.GetValue<string>());
            state.Remove("generator");
        });
        Run(TinyTraining.Joint, "old", resume: true);
        ChangeState("old", 6, state => Assert.Equal("mt19937", state["generator"]!.GetValue<string>()));
        Assert.NotEqual(State("whole", 6), State("old", 6));
    }

    [Theory]
    [InlineData(0, false)] // as many as now
    [InlineData(1, true)]
    [InlineData(null, false)] // a state of the first version
    public void A_run_that_continues_with_another_number_of_threads_says_so_once(int? more, bool isSaid)
    {
        Assert.Throws<OperationCanceledException>(() => Run(TinyTraining.Joint, "run", stopAfter: 2));
        var now = TorchRuntime.Threads;
        ChangeState("run", 2, state =>
        {
            Assert.Equal(now, state["threads"]!.GetValue<int>());
            if (more is { } count) state["threads"] = now + count;
            else state.Remove("threads");
        });
        var notices = new List<string>();
        Run(TinyTraining.Joint, "run", resume: true, onNotice: notices.Add);
        Assert.Equal(isSaid ? 1 : 0, notices.Count(notice => notice.Contains($"OMP_NUM_THREADS={now + 1}", StringComparison.Ordinal)));
        Assert.Equal(isSaid ? 1 : 0, notices.Count(notice => notice.Contains("OMP_NUM_THREADS", StringComparison.Ordinal)));
    }

    [Fact]
    public void Another_run_is_not_overwritten_nor_resumed()
    {
        Run(TinyTraining.Joint with { Steps = 1 }, "run");
        Refused("holds a run already", () => Run(TinyTraining.Joint, "run"));
        Refused("its seed is 5", () => Run(TinyTraining.Joint, "run", options => options with { Seed = 6, Resume = true }));
        Refused("its batch_size is 4, given is 8", () => Run(TinyTraining.Joint with { BatchSize = 8 }, "run", resume: true));
        Refused("trained on other clips", () => Run(TinyTraining.Joint, "run", resume: true, clips: 11));
    }

    [Fact]
    public void Clips_of_another_shape_are_refused()
    {
        using var data = TinyTraining.Scenes(TinyTraining.Upscaler);
        var run = new TrainingRun(TinyTraining.Joint, new TrainingFolder(_folder["run"]), new TrainingRunOptions());
        Refused("4 frames of 8x8", () => run.Run(data));
    }

    [Fact]
    public void A_run_that_diverges_stops_with_advice() =>
        Refused("not finite", () =>
            Run(TinyTraining.Joint with { LearningRate = 0.99, Optimizer = new AdamWOptions { WeightDecay = 1e30 } }, "run"));

    public void Dispose() => _folder.Dispose();

    private static void Refused(string said, Action run) =>
        Assert.Contains(said, Assert.ThrowsAny<MmDiffusionException>(run).Message, StringComparison.Ordinal);

    private void Run(
        TrainingConfiguration configuration,
        string folder,
        Func<TrainingRunOptions, TrainingRunOptions>? change = null,
        bool resume = false,
        long stopAfter = long.MaxValue,
        int clips = 10,
        Action<TrainingProgress>? observer = null,
        Action<string>? onNotice = null)
    {
        var options = new TrainingRunOptions
        {
            Seed = 5,
            Resume = resume,
            CheckpointEvery = 1,
            LogEvery = 1,
            ReviewEvery = 0,
            HeldOutClips = 2,
            SheetClips = 0,
        };
        using var data = TinyTraining.Scenes(configuration, clips);
        using var heldOut = TinyTraining.Scenes(configuration, seed: 2);
        using var stop = new CancellationTokenSource();
        new TrainingRun(configuration, new TrainingFolder(_folder[folder]), change?.Invoke(options) ?? options) { OnNotice = onNotice }.Run(
            data,
            heldOut,
            progress =>
            {
                observer?.Invoke(progress);
                if (progress.Report.Step >= stopAfter) stop.Cancel();
            },
            stop.Token);
    }

    /// <summary>Edits the description of a checkpoint, which then has no digest, as those of the first version.</summary>
    private void ChangeState(string folder, long step, Action<JsonObject> change)
    {
        var path = Path.Combine(_folder[folder], "checkpoints", $"step-{step:D8}", "state.json");
        var state = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(state);
        state.Remove("digest");
        File.WriteAllText(path, state.ToJsonString());
    }

    private byte[] State(string folder, long step) =>
        File.ReadAllBytes(Path.Combine(_folder[folder], "checkpoints", $"step-{step:D8}", "state.safetensors"));
}
