using System.Text.Json;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public sealed class ClipGeneratorTests : IClassFixture<TinyModel>, IDisposable
{
    private readonly JointModel _joint;
    private readonly Upscaler _upscaler;

    public ClipGeneratorTests(TinyModel model)
    {
        _joint = model.Load();
        _upscaler = model.LoadUpscaler();
    }

    public void Dispose()
    {
        _joint.Dispose();
        _upscaler.Dispose();
    }

    private static readonly GenerationOptions Quick = new()
    {
        Sampler = "ddim",
        Steps = 3,
        Upscaling = new() { Sampler = "ddim", Steps = 2 },
    };

    private List<GeneratedClip> Run(GenerationOptions options, Upscaler? upscaler = null, Action<GenerationProgress>? observer = null)
    {
        var clips = new List<GeneratedClip>();
        new ClipGenerator(_joint, upscaler).Generate(options, clips.Add, observer);
        return clips;
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        GeneratedClip a = Run(Quick, _upscaler)[0], b = Run(Quick, _upscaler)[0], c = Run(Quick with { Seed = 1 }, _upscaler)[0];
        Assert.Equal(a.Clip.Frames.Pixels, b.Clip.Frames.Pixels);
        Assert.Equal(a.Clip.Audio.Samples, b.Clip.Audio.Samples);
        Assert.NotEqual(a.Clip.Frames.Pixels, c.Clip.Frames.Pixels);
        Assert.NotEqual(a.Clip.Audio.Samples, c.Clip.Audio.Samples);
        Assert.Equal((4, 16, 16, 10.0), (a.Clip.Frames.Count, a.Clip.Frames.Height, a.Clip.Frames.Width, a.Clip.Frames.Rate));
        Assert.Equal((3200, 8000), (a.Clip.Audio.Samples.Length, a.Clip.Audio.Rate));
    }

    [Theory]
    [InlineData("dpm-solver")]
    [InlineData("ddpm")]
    public void A_clip_of_a_run_is_the_clip_of_its_own_seed(string sampler)
    {
        var options = Quick with { Sampler = sampler, Seed = 5 };
        var third = Run(options with { Count = 3 }, _upscaler)[2];
        var alone = Run(options with { Seed = 7 }, _upscaler)[0];
        Assert.Equal(7UL, third.Manifest.Seed);
        Assert.Equal(alone.Clip.Frames.Pixels, third.Clip.Frames.Pixels);
        Assert.Equal(alone.Clip.Audio.Samples, third.Clip.Audio.Samples);
    }

    [Fact]
    public void Clips_sampled_together_are_those_sampled_alone_but_for_rounding()
    {
        var (together, alone) = (Run(Quick with { Count = 3, Batch = 2 }), Run(Quick with { Count = 3 }));
        Assert.Equal([2, 2, 1], together.Select(clip => clip.Manifest.Batch));
        for (var i = 0; i < 3; i++)
        {
            Assert.All(together[i].Clip.Frames.Pixels.Zip(alone[i].Clip.Frames.Pixels), pair =>
                Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1));
            Assert.All(together[i].Clip.Audio.Samples.Zip(alone[i].Clip.Audio.Samples), pair =>
                Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-3));
        }
    }

    [Fact]
    public void Reusing_features_is_repeatable_works_in_batches_and_is_told_in_the_manifest()
    {
        var options = Quick with { Steps = 4, Reuse = 2, Upscaling = Quick.Upscaling with { Reuse = 2 } };
        var (exact, reusing) = (Run(options with { Reuse = 1, Upscaling = Quick.Upscaling }, _upscaler)[0], Run(options, _upscaler)[0]);
        Assert.NotEqual(exact.Clip.Audio.Samples, reusing.Clip.Audio.Samples);
        Assert.NotEqual(exact.Clip.Frames.Pixels, reusing.Clip.Frames.Pixels);
        Assert.Equal(
            ((int?)null, (int?)null, (int?)2, (int?)2),
            (exact.Manifest.Model!.Reuse, exact.Manifest.Upscaler!.Reuse, reusing.Manifest.Model!.Reuse, reusing.Manifest.Upscaler!.Reuse));
        Assert.False(exact.Manifest.IsSameMaking(reusing.Manifest.ToJson()));
        // Nothing is left over from clip to clip, or between the clips of a batch.
        var (inTurn, together) = (Run(options with { Count = 3 }, _upscaler), Run(options with { Count = 3, Batch = 3 }, _upscaler));
        Assert.Equal(reusing.Clip.Audio.Samples, inTurn[0].Clip.Audio.Samples);
        Assert.Equal(inTurn[2].Clip.Frames.Pixels, Run(options with { Seed = 2 }, _upscaler)[0].Clip.Frames.Pixels);
        for (var i = 0; i < 3; i++)
            Assert.All(together[i].Clip.Audio.Samples.Zip(inTurn[i].Clip.Audio.Samples), pair =>
                Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-3));
    }

    [Fact]
    public void A_memory_limit_that_cannot_be_met_is_said_before_anything_is_sampled()
    {
        var calls = 0;
        var options = Quick with { Upscaling = Quick.Upscaling with { MemoryLimit = 1_000_000 } };
        Assert.Contains(
            "needs at least",
            Assert.ThrowsAny<MmDiffusionException>(() => Run(options, _upscaler, _ => calls++)).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, calls);
        Assert.Single(Run(options)); // without an upscaler there is nothing to limit
    }

    [Fact]
    public void Progress_counts_every_network_call_and_previews_come_when_due()
    {
        var seen = new List<GenerationProgress>();
        Run(Quick with { Count = 3, Batch = 2, PreviewEvery = 2 }, _upscaler, seen.Add);
        var sampling = seen.Where(progress => progress.Stage == GenerationStage.Sampling).ToList();
        Assert.Equal([2, 4, 6, 7, 8, 9], sampling.Select(progress => progress.Done));
        Assert.All(sampling, progress => Assert.Equal(9, progress.Total));
        Assert.Equal([0, 2, 0, 0, 1, 0], sampling.Select(progress => progress.Preview?.Count ?? 0));
        var upscaling = seen.Where(progress => progress.Stage == GenerationStage.Upscaling).ToList();
        Assert.Equal(3 * 4 * 2, upscaling.Count);
        Assert.Equal((24, 24), (upscaling[^1].Done, upscaling[^1].Total));
    }

    [Fact]
    public void Stopping_keeps_the_clips_that_are_finished()
    {
        using var stop = new CancellationTokenSource();
        var clips = new List<GeneratedClip>();
        Assert.Throws<OperationCanceledException>(() => new ClipGenerator(_joint).Generate(Quick with { Count = 5 }, clip =>
        {
            clips.Add(clip);
            if (clips.Count == 2) stop.Cancel();
        }, cancellation: stop.Token));
        Assert.Equal(2, clips.Count);
    }

    [Fact]
    public void The_manifest_tells_how_to_make_the_clip_again()
    {
        var manifest = JsonDocument.Parse(Run(Quick with { Seed = 3 }, _upscaler)[0].Manifest.ToJson()).RootElement;
        Assert.Equal(3, manifest.GetProperty("seed").GetInt32());
        var model = manifest.GetProperty("model");
        Assert.Equal(64, model.GetProperty("digest").GetString()!.Length);
        Assert.Equal(("ddim", 3, "fp32", "cpu"), (model.GetProperty("sampler").GetString(), model.GetProperty("steps").GetInt32(),
            model.GetProperty("precision").GetString(), model.GetProperty("device").GetString()));
        Assert.Equal(4, model.GetProperty("configuration").GetProperty("coupled").GetProperty("frames").GetInt32());
        Assert.Equal(2, manifest.GetProperty("upscaler").GetProperty("steps").GetInt32());
        Assert.Equal("2.10.0", manifest.GetProperty("versions").GetProperty("libtorch").GetString());
        Assert.True(manifest.GetProperty("times").GetProperty("sampling").GetDouble() > 0);
    }

    [Theory]
    [InlineData("ddpm", 3)]
    [InlineData("ddim", 2)]
    [InlineData("dpm-solver", 4)]
    public void A_clip_whose_manifest_names_no_generator_is_made_again_by_the_old_one(string sampler, int steps)
    {
        var options = Quick with { Sampler = sampler, Steps = steps, Seed = (3UL << 32) + 9, Generator = RandomGenerator.MersenneTwister };
        var clip = Run(options)[0];
        using (NewDisposeScope())
        {
            // As the first version drew: everything one after the other, from two sequences of the Mersenne Twister.
            using SeededRandom noise = new(Seeds.Derive(options.Seed, "sampler")), windows = new(Seeds.Derive(options.Seed, "windows"));
            var xT = new AudioVideo(noise.Normal(1, 4, 3, 8, 8), noise.Normal(1, 1, 3200));
            var old = Samplers.Create(sampler, new GaussianProcess(_joint.Directory.Description.Diffusion), steps).Sample(
                _joint.Denoiser(windows),
                xT,
                new() { Random = noise });
            Assert.Equal(ClipTensors.ToAudio(old.Audio[0], TinyModel.SampleRate).Samples, clip.Clip.Audio.Samples);
            Assert.Equal(ClipTensors.ToFrames(old.Video[0].clamp(-1, 1), 10).Pixels, clip.Clip.Frames.Pixels);
        }
        var (made, usual) = (clip.Manifest.ToJson(), Run(options with { Generator = RandomGenerator.Philox })[0]);
        Assert.Contains("\"generator\": \"mt19937\"", made, StringComparison.Ordinal);
        // A setting that an older version did not write is at its default.
        var earlier = System.Text.Json.Nodes.JsonNode.Parse(made)!;
        Assert.True(earlier["model"]!["configuration"]!.AsObject().Remove("conditional_share"));
        Assert.True(clip.Manifest.IsSameMaking(earlier.ToJsonString()));
        earlier["model"]!["configuration"]!["video_scale"] = 0.5;
        Assert.False(clip.Manifest.IsSameMaking(earlier.ToJsonString()));
        Assert.Contains("\"generator\": \"philox4x32-10\"", usual.Manifest.ToJson(), StringComparison.Ordinal);
        var nameless = made.Replace("\"generator\": \"mt19937\",", "", StringComparison.Ordinal);
        Assert.True(clip.Manifest.IsSameMaking(nameless));
        Assert.False(usual.Manifest.IsSameMaking(nameless));
        Assert.False(usual.Manifest.IsSameMaking(made));
        Assert.NotEqual(usual.Clip.Audio.Samples, clip.Clip.Audio.Samples);
    }

    [Fact]
    public void Seeds_that_differ_in_any_bit_give_other_clips()
    {
        // A million samples of a generator of 32 bits meet about 116 pairs alike: these two are one of them.
        ulong first = 0, second = 0;
        var met = new Dictionary<uint, ulong>();
        for (var seed = 0UL; second == 0; seed++)
        {
            if (!met.TryAdd((uint)Seeds.Derive(seed, "sampler"), seed)) (first, second) = (met[(uint)Seeds.Derive(seed, "sampler")], seed);
        }
        Assert.InRange(second, 1u, 1_000_000u);
        foreach (var pair in new[] { (first, second), (0UL, 1UL << 32), (5UL, 5 + (7UL << 40)), (1UL, ulong.MaxValue) })
        {
            var clips = new[] { pair.Item1, pair.Item2 }
                .Select(seed => Run(Quick with { Seed = seed, Steps = 2 }, _upscaler)[0].Clip)
                .ToList();
            Assert.NotEqual(clips[0].Frames.Pixels, clips[1].Frames.Pixels);
            Assert.NotEqual(clips[0].Audio.Samples, clips[1].Audio.Samples);
        }
    }

    [Fact]
    public void Generation_leaves_no_tensor_behind()
    {
        Run(Quick, _upscaler);
        var before = LiveTensors.CountBefore();
        Run(Quick with { Count = 2, Batch = 2, PreviewEvery = 1, Reuse = 2, Upscaling = Quick.Upscaling with { Reuse = 2 } }, _upscaler);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Settings_out_of_range_are_said_together()
    {
        var said = Assert.ThrowsAny<MmDiffusionException>(() => Run(Quick with { Count = 0, Batch = 0, Reuse = 0, Guidance = -1 })).Message;
        Assert.Contains("count is 0", said, StringComparison.Ordinal);
        Assert.Contains("batch is 0", said, StringComparison.Ordinal);
        Assert.Contains("reuse is 0", said, StringComparison.Ordinal);
        Assert.Contains("guidance is -1", said, StringComparison.Ordinal);
    }

    /// <summary>
    /// Weights that are finite and overflow, NaN, and infinities: by the joint model, by the upscaler, and in one clip of several.
    /// </summary>
    [Theory]
    [InlineData(1e30)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_model_that_diverged_is_refused_and_gives_no_clip(double weight)
    {
        using (var scope = NewDisposeScope())
        {
            foreach (var parameter in _upscaler.Network.parameters()) parameter.fill_(weight);
        }
        var clips = new List<GeneratedClip>();
        var generator = new ClipGenerator(_joint, _upscaler);
        var sentence = Assert.ThrowsAny<MmDiffusionException>(() => generator.Generate(Quick, clips.Add)).Message;
        Assert.StartsWith(
            "the model 'upscaler' computed NaN or infinite values for frames with seed 0",
            sentence,
            StringComparison.Ordinal);
        foreach (var parameter in _joint.Network.parameters()) parameter.fill_(weight);
        sentence = Assert.ThrowsAny<MmDiffusionException>(() =>
            new ClipGenerator(_joint).Generate(Quick with { Seed = 5, Count = 2, Batch = 2 }, clips.Add)).Message;
        Assert.Contains("computed NaN or infinite values for the clip of seed 5", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("folder", sentence, StringComparison.Ordinal);
        Assert.Empty(clips);
    }
}
