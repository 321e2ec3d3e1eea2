using MmDiffusion.Data;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Primitives;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class ResumeTests : IDisposable
{
    private const string FirstState = """
        {"step": 6, "seed": 0, "data": "71be1714ab35d9ea8eb26342160c731e466b00c8fde7dad5879050d310969a8b",
        "configuration": {"model": {"kind": "joint", "coupled": {"frames": 4, "height": 8, "width": 8, "audio_length": 256,
        "base_channels": 32, "channel_multipliers": [1, 1], "blocks_per_level": 1, "video_attention_scales": [2],
        "cross_attention_scales": [2], "cross_attention_windows": [2], "cross_attention_shift": true, "cross_attention_head_channels": 32,
        "self_attention_heads": 4, "learn_sigma": false, "scale_shift_norm": true, "resblock_updown": true, "dropout": 0.1},
        "diffusion": {"schedule": "linear", "steps": 1000, "prediction": "epsilon", "variance": "fixed_large"}, "frame_rate": 10,
        "sample_rate": 640, "video_scale": 1, "sound_exponent": 1, "conditional_share": 0, "trained": true}, "batch_size": 4,
        "micro_batch": 4, "batch_sections": 4, "steps": 6, "learning_rate": 0.001, "warm_up_steps": 0, "cool_down_steps": 0,
        "optimizer": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-08, "weight_decay": 0}, "ema_rates": [0.9], "timesteps": "uniform",
        "precision": "fp32", "activation_checkpointing": false, "flip_probability": 0.5, "degradations": {"noise_probability": 0.5,
        "noise_levels": 20, "jpeg_probability": 0.5, "jpeg_lowest_quality": 20, "jpeg_highest_quality": 80}}}
        """;

    private static readonly TrainingConfiguration Short = TinyTraining.Joint with { Steps = 2 };

    private readonly TinyRun _run = new();

    [Theory]
    [InlineData("")]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    public void A_finished_run_whose_model_is_missing_gets_it(string part)
    {
        _run.Train(Short);
        var weights = File.ReadAllBytes(_run.Path("model", "model.safetensors"));
        if (part.Length == 0) Directory.Delete(_run.Path("model"), recursive: true);
        else File.Delete(_run.Path("model", part));
        _run.Train(Short, resume: true);
        Assert.Equal(weights, File.ReadAllBytes(_run.Path("model", "model.safetensors")));
        Assert.Equal("mmdiff, step 2", ModelDirectory.Open(_run.Path("model")).Description.Source);
    }

    [Fact]
    public void A_finished_run_whose_model_is_older_than_its_checkpoint_gets_the_right_one()
    {
        _run.Train(Short with { Steps = 1 });
        var older = File.ReadAllBytes(_run.Path("model", "model.safetensors"));
        _run.Train(Short, resume: true);
        var newer = File.ReadAllBytes(_run.Path("model", "model.safetensors"));
        File.WriteAllBytes(_run.Path("model", "model.safetensors"), older);
        _run.Train(Short, resume: true);
        Assert.NotEqual(older, newer);
        Assert.Equal(newer, File.ReadAllBytes(_run.Path("model", "model.safetensors")));
    }

    [Fact]
    public void A_model_that_still_does_not_fit_is_no_success()
    {
        _run.Train(Short);
        Directory.Delete(_run.Path("model"), recursive: true);
        File.WriteAllText(_run.Path("model"), "in the way");
        Assert.Contains(
            "cannot write",
            Assert.ThrowsAny<MmDiffusionException>(() => _run.Train(Short, resume: true)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_review_that_was_due_and_is_not_there_is_made_up(long steps)
    {
        TrainingRunOptions EverySecond(TrainingRunOptions options) => options with { ReviewEvery = 2 };
        _run.Train(Short, EverySecond);
        var row = _run.Column("held-out.csv", "seen")[2];
        File.WriteAllLines(_run.Path("held-out.csv"), File.ReadLines(_run.Path("held-out.csv")).Take(1).ToList());
        _run.Train(Short with { Steps = steps }, EverySecond, resume: true);
        Assert.Equal(row, _run.Column("held-out.csv", "seen")[2]);
        Assert.Equal(steps == 2 ? [2L] : [2L, 4L], _run.Reviews.Select(review => review.Step));
    }

    [Fact]
    public void A_finished_run_that_lacks_nothing_is_not_reviewed_again()
    {
        _run.Train(Short);
        _run.Train(Short, resume: true);
        Assert.Empty(_run.Reviews);
        Assert.Single(_run.Column("held-out.csv", "seen"));
    }

    [Fact]
    public void What_may_safely_change_changes_and_is_in_the_runs_history()
    {
        _run.Train(Short);
        var changed = Short with { Steps = 4, LearningRate = 5e-4, GradientClip = null, WarmUpSteps = 8, MicroBatch = 4 };
        _run.Train(changed, options => options with { CheckpointEvery = 2, ReviewEvery = 2 }, resume: true);
        Assert.Equal(5e-4 * 3 / 8, _run.Column("losses.csv", "learning_rate")[3], 1e-9);
        string[] expected =
        [
            "2,steps,2,4", "2,learning_rate,0.001,0.0005", "2,gradient_clip,1,none", "2,warm_up_steps,0,8", "2,micro_batch,2,4",
            "2,checkpoint_every,1,2", "2,review_every,0,2",
        ];
        var history = File.ReadAllLines(_run.Path("history.csv"));
        Assert.Equal("after_step,setting,from,to", history[0]);
        Assert.Equal(expected.Order(), history[1..].Order());
        Assert.Contains(_run.Notices, notice => notice.Contains("learning_rate is 0.0005 (was 0.001)", StringComparison.Ordinal));
        _run.Train(
            changed with { Steps = 5, LearningRate = 1e-4 },
            options => options with { CheckpointEvery = 2, ReviewEvery = 2 },
            resume: true);
        Assert.Equal([.. history, "4,steps,4,5", "4,learning_rate,0.0005,0.0001"], File.ReadAllLines(_run.Path("history.csv")));
        Assert.Contains("\"learning_rate\"", File.ReadAllText(_run.Checkpoint(5, "state.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_checkpoints_and_reviews_do_not_change_what_is_learned()
    {
        _run.Train(Short);
        _run.Train(Short with { Steps = 4 }, options => options with { CheckpointEvery = 3, ReviewEvery = 3, Keep = 5 }, resume: true);
        _run.Train(Short with { Steps = 4 }, name: "whole");
        Assert.Equal(_run.State("whole", 4), _run.State("run", 4));
    }

    public static TheoryData<string, string, string> Fixed { get; } = new()
    {
        { "batch_size", "4", "8" },
        { "ema_rates", "[0.9,0.5]", "[0.99]" },
        { "model.coupled.dropout", "0.1", "0" },
        { "optimizer.beta2", "0.999", "0.9" },
        { "precision", "\"fp32\"", "\"bf16\"" },
        { "timesteps", "\"uniform\"", "\"loss_aware\"" },
        { "flip_probability", "0", "0.5" },
        { "model.diffusion.prediction", "\"epsilon\"", "\"v\"" },
    };

    [Theory]
    [MemberData(nameof(Fixed))]
    public void What_cannot_change_is_named_with_both_values(string name, string old, string given)
    {
        _run.Train(Short with { Steps = 1 });
        var other = name switch
        {
            "batch_size" => Short with { BatchSize = 8 },
            "ema_rates" => Short with { EmaRates = [0.99] },
            "optimizer.beta2" => Short with { Optimizer = new AdamWOptions { Beta2 = 0.9 } },
            "precision" => Short with { Precision = Precision.BFloat16 },
            "timesteps" => Short with { Timesteps = TimestepSampling.LossAware },
            "flip_probability" => Short with { FlipProbability = 0.5 },
            "model.coupled.dropout" => Short with { Model = Short.Model with { Coupled = Short.Model.Coupled! with { Dropout = 0 } } },
            _ => Short with { Model = Short.Model with { Diffusion = Short.Model.Diffusion with { Prediction = PredictionKind.V } } },
        };
        var message = Assert.ThrowsAny<MmDiffusionException>(() => _run.Train(other with { LearningRate = 1e-4 }, resume: true)).Message;
        Assert.Contains($"its {name} is {old}, given is {given}", message, StringComparison.Ordinal);
        Assert.DoesNotContain("learning_rate", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_made_longer_after_its_cool_down_does_not_jump()
    {
        _run.Train(TinyTraining.Joint with { Steps = 4, CoolDownSteps = 4 });
        Assert.Equal(0.00025, _run.Column("losses.csv", "learning_rate")[4], 1e-9);
        var longer = TinyTraining.Joint with { Steps = 10, CoolDownSteps = 2 };
        Assert.Throws<OperationCanceledException>(() => Stop(longer, after: 6));
        Assert.Contains(_run.Notices, notice => notice.Contains("had begun to cool down", StringComparison.Ordinal));
        _run.Train(longer, resume: true);
        Assert.DoesNotContain(_run.Notices, notice => notice.Contains("cool down", StringComparison.Ordinal));
        var rates = _run.Column("losses.csv", "learning_rate");
        double[] expected = [1, 0.75, 0.5, 0.25, 0.5, 0.75, 1, 1, 1, 0.5];
        foreach (var (i, share) in expected.Index()) Assert.Equal(share * 1e-3, rates[i + 1], 1e-9);
    }

    [Fact]
    public void Fewer_steps_than_were_made_are_refused()
    {
        _run.Train(Short);
        var message = Assert.ThrowsAny<MmDiffusionException>(() => _run.Train(Short with { Steps = 1 }, resume: true)).Message;
        Assert.Contains("has made 2 steps already, more than the 1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_to_start_from_are_not_ignored_in_silence()
    {
        _run.Train(Short);
        var weights = _run.Path("model", "model.safetensors");
        _run.Train(Short, options => options with { From = weights }, resume: true);
        Assert.Single(_run.Notices, notice => notice.Contains($"the weights of '{weights}' are not used", StringComparison.Ordinal));
        _run.Train(Short, options => options with { From = weights }, name: "new", resume: true);
        Assert.DoesNotContain(_run.Notices, notice => notice.Contains("are not used", StringComparison.Ordinal));
    }

    [Fact]
    public void A_state_of_an_older_version_is_resumed_with_the_mirroring_it_had()
    {
        _run.Train(Short with { FlipProbability = 0.5 }, name: "whole");
        _run.Train(Short with { Steps = 1, FlipProbability = 0.5 });
        string[] added = ["digest", "tensors_digest", "checkpoint_every", "review_every", "history", "rise"];
        var path = _run.Checkpoint(1, "state.json");
        var state = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        foreach (var name in added) state.Remove(name);
        File.WriteAllText(path, state.ToJsonString());
        _run.Train(Short, resume: true);
        Assert.Equal(_run.State("whole", 2), _run.State("run", 2));
        Assert.Single(_run.Notices, notice => notice.Contains("continues with its flip_probability of 0.5", StringComparison.Ordinal));
    }

    /// <summary>As the version wrote it that knew neither generators nor digests.</summary>
    [Fact]
    public void A_description_of_the_first_version_is_read_and_may_be_changed_as_any()
    {
        Directory.CreateDirectory(_run.Path());
        File.WriteAllText(_run.Path("state.json"), FirstState);
        var then = TrainingState.Read(_run.Path("state.json"));
        Assert.Equal((6, 0UL, null, null), (then.Step, then.Seed, then.TensorsDigest, then.History));
        var configuration = then.Configuration with { Steps = 9, LearningRate = 1e-4 };
        var settings = ResumedSettings.Of(then, then with { Configuration = configuration });
        Assert.Equal(
            ["steps 6 9", "learning_rate 0.001 0.0001"],
            settings.Changes.Select(change => $"{change.Setting} {change.From} {change.To}"));
        Assert.Equal((0.5, null), (settings.FlipProbability, settings.Rise));
        using var clips = new MmDiffusion.Data.Scenes.SyntheticClipSource(8, 0, then.Configuration.Model.TrainingShape());
        // The scenes have been redrawn since: a run on those of then is not to continue with others in silence.
        Assert.Contains(
            "it was trained on other clips",
            Assert.ThrowsAny<MmDiffusionException>(() => ResumedSettings.Of(then, then with { Data = clips.Digest })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_continues_though_the_weights_that_it_began_with_are_gone()
    {
        _run.Train(Short with { Steps = 1 });
        _run.Train(Short, options => options with { From = _run.Path("gone.pt") }, resume: true);
        Assert.Equal([2L, 1L], _run.Folder().Checkpoints());
    }

    [Fact]
    public void Another_training_in_the_folder_is_refused_while_it_runs()
    {
        using (FileLock.TryTake(_run.Path(".lock")))
            Assert.Contains(
                "another training is running",
                Assert.ThrowsAny<MmDiffusionException>(() => _run.Train(Short)).Message,
                StringComparison.Ordinal);
        var refused = 0;
        _run.Train(Short, observer: _ =>
            refused += Record.Exception(() => new TinyRunInside(_run.Folder()).Train(Short)) is MmDiffusionException ? 1 : 0);
        Assert.Equal(3, refused);
        Assert.False(File.Exists(_run.Path(".lock")));
    }

    [Theory]
    [InlineData("sheet")]
    [InlineData("held out")]
    public void A_review_that_fails_is_told_and_training_goes_on(string what)
    {
        TrainingRunOptions Reviewed(TrainingRunOptions options) => options with { ReviewEvery = 1, SheetClips = what == "sheet" ? 1 : 0 };
        if (what == "sheet")
        {
            Directory.CreateDirectory(_run.Path());
            File.WriteAllText(_run.Path("samples"), "in the way");
        }
        _run.Train(Short, Reviewed, heldOut: what == "sheet" ? null : new Broken(TinyTraining.Scenes(Short)));
        Assert.Equal([2L, 1L], _run.Folder().Checkpoints());
        Assert.Contains(_run.Notices, notice =>
            notice.StartsWith("the review of step 1 failed: ", StringComparison.Ordinal)
                && notice.EndsWith("the training continues", StringComparison.Ordinal));
        Assert.Equal(what == "sheet" ? 2 : 0, _run.Column("held-out.csv", "seen").Count);
        Assert.Equal(what == "sheet" ? 2 : 0, _run.Reviews.Count);
    }

    [Fact]
    public void Stopped_at_its_last_step_a_run_is_finished_and_the_review_is_made_up_later()
    {
        Stop(Short, after: 2);
        Assert.True(File.Exists(_run.Path("model", "model.safetensors")));
        Assert.Contains(_run.Notices, notice => notice.Contains("was cut short", StringComparison.Ordinal));
        _run.Train(Short, resume: true);
        Assert.Equal(2, Assert.Single(_run.Reviews).Step);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_best_reviewed_checkpoint_stays_beside_the_newest(int keep)
    {
        _run.Train(TinyTraining.Joint with { Steps = 2 }, options => options with { ReviewEvery = 1 });
        // What a divergence leaves.
        var lines = File.ReadAllLines(_run.Path("held-out.csv"));
        foreach (var i in new[] { 2 })
            lines[i] = string.Join(',', lines[i].Split(',').Select((cell, column) => column == 1 ? "1e4" : cell));
        File.WriteAllLines(_run.Path("held-out.csv"), lines);
        _run.Train(TinyTraining.Joint with { Steps = 6 }, options => options with { Keep = keep }, resume: true);
        Assert.Equal(keep == 1 ? [6L, 1L] : [6L, 5L, 1L], _run.Folder().Checkpoints());
    }

    [Fact]
    public void A_moving_average_that_has_hardly_moved_is_told_while_it_is_so()
    {
        _run.Train(Short with { EmaRates = [0.9999] });
        Assert.Single(_run.Notices, notice =>
            notice.Contains("the model of step 2 is still 100% the weights that training started with", StringComparison.Ordinal));
        _run.Train(Short with { EmaRates = [0.1, 0.9999] }, name: "other");
        Assert.Empty(_run.Notices);
    }

    public void Dispose() => _run.Dispose();

    private void Stop(TrainingConfiguration configuration, long after)
    {
        using var stop = new CancellationTokenSource();
        _run.Train(configuration, resume: true, observer: progress =>
        {
            if (progress.Report.Step >= after) stop.Cancel();
        }, cancellation: stop.Token);
    }

    private sealed class TinyRunInside(TrainingFolder folder)
    {
        internal void Train(TrainingConfiguration configuration)
        {
            using var data = TinyTraining.Scenes(configuration);
            new TrainingRun(configuration, folder, new TrainingRunOptions { Resume = true }).Run(data);
        }
    }

    private sealed class Broken(IClipSource source) : IClipSource
    {
        public ClipShape Shape => source.Shape;

        public int Count => source.Count;

        public string Digest => source.Digest;

        public void Read(int index, Span<byte> frames, Span<short> sound) => throw new MmDiffusionException("ffmpeg is gone");

        public void Dispose() => source.Dispose();
    }
}
