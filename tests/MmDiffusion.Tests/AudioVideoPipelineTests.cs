using System.Diagnostics;
using System.Diagnostics.Metrics;
using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Tests;

[Trait("group", "media")]
public sealed class AudioVideoPipelineTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private static readonly GenerationOptions Quick = new()
    {
        Sampler = "ddim",
        Steps = 3,
        Upscaling = new UpscalingOptions { Sampler = "ddim", Steps = 2 },
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Clips_come_one_by_one_and_are_those_of_the_command_line()
    {
        await using var pipeline = await Load();
        var expected = new List<GeneratedClip>();
        using (var joint = model.Load())
        using (var upscaler = model.LoadUpscaler())
            new ClipGenerator(joint, upscaler).Generate(Quick with { Count = 3, Seed = 5 }, expected.Add);
        var seeds = new List<ulong>();
        await foreach (var clip in pipeline.GenerateAsync(Quick with { Count = 3, Seed = 5 }, cancellation: Stop))
        {
            Assert.Equal(expected[seeds.Count].Clip.Frames.Pixels, clip.Clip.Frames.Pixels);
            Assert.Equal(expected[seeds.Count].Clip.Audio.Samples, clip.Clip.Audio.Samples);
            seeds.Add(clip.Manifest.Seed);
        }
        Assert.Equal([5ul, 6, 7], seeds);
    }

    /// <summary>Networks of this size are unloaded while the other one works.</summary>
    [Fact]
    [Trait("group", "slow")]
    public async Task Four_requests_at_a_time_share_large_networks_and_make_the_same_clips()
    {
        Directory.CreateDirectory(_folder["large/upscaler"]);
        var large = TinyModel.Coupled with { BaseChannels = 256, ChannelMultipliers = [1, 2], BlocksPerLevel = 2 };
        new ModelDirectory(_folder["large"], new ModelDescription
        {
            Kind = ModelKind.Joint,
            Coupled = large,
            SampleRate = TinyModel.SampleRate,
            Trained = false,
        }).Save();
        new ModelDirectory(_folder["large/upscaler"], new ModelDescription
        {
            Kind = ModelKind.Upscaler,
            SuperResolution = TinyModel.SuperResolution with { BaseChannels = 416 },
            Diffusion = DiffusionConfiguration.SuperResolution,
            Trained = false,
        }).Save();
        await using var pipeline = await Load("large");
        var options = Quick with { Steps = 2, Count = 2, Upscaling = Quick.Upscaling with { Steps = 1 } };
        var alone = await All(pipeline.GenerateAsync(options, cancellation: Stop));
        var together = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => All(pipeline.GenerateAsync(options)), Stop)));
        Assert.All(together, clips => Assert.Equal(
            alone.Select(clip => Convert.ToHexString(clip.Clip.Frames.Pixels)),
            clips.Select(clip => Convert.ToHexString(clip.Clip.Frames.Pixels))));
        using var joint = JointModel.Load(ModelDirectory.Open(_folder["large"]), new ModelOptions());
        using var upscaler = MmDiffusion.Generation.Upscaler.Load(ModelDirectory.Open(_folder["large/upscaler"]), new ModelOptions());
        Assert.True(joint.IsLarge && upscaler.IsLarge, $"{joint.WeightBytes} and {upscaler.WeightBytes} bytes");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Cancelling_ends_a_request_within_one_network_call(int calls)
    {
        await using var pipeline = await Load();
        using var stop = new CancellationTokenSource();
        var made = 0;
        var progress = new Progress(now =>
        {
            if (++made == calls) stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            All(pipeline.GenerateAsync(Quick with { Steps = 10 }, progress, stop.Token)));
        Assert.Equal(calls, made);
    }

    [Fact]
    public async Task Who_stops_reading_stops_the_work()
    {
        await using var pipeline = await Load();
        var made = 0;
        await foreach (var _ in pipeline.GenerateAsync(Quick with { Count = 1000 }, new Progress(_ => made++), Stop)) break;
        // One more may have been finished, and one begun.
        Assert.InRange(made, 1, 3 * (Quick.Steps!.Value + TinyModel.Coupled.Frames * Quick.Upscaling.Steps));
    }

    [Fact]
    public async Task A_pipeline_that_is_disposed_meanwhile_finishes_what_it_began()
    {
        var pipeline = await Load();
        var clips = pipeline.GenerateAsync(Quick, new Progress(_ => pipeline.Dispose()), Stop);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => All(clips)); // by the upscaler, which nobody used yet
        await Assert.ThrowsAsync<ObjectDisposedException>(() => All(pipeline.GenerateAsync(Quick)));
    }

    [Theory]
    [InlineData("path")]
    [InlineData("stream")]
    [InlineData("frames")]
    public async Task Audio_is_made_for_video_from_a_path_a_stream_or_memory(string kind)
    {
        await using var pipeline = await Load();
        var film = Film(seconds: 0.5, rate: 20);
        await using var stream = File.OpenRead(Store(film));
        MediaInput input = kind switch { "path" => stream.Name, "stream" => stream, _ => film.Frames };
        var clip = Assert.Single(await All(pipeline.GenerateAudioAsync(input, Quick, cancellation: Stop)));
        Assert.Equal((8, 32, 24), (clip.Clip.Frames.Count, clip.Clip.Frames.Width, clip.Clip.Frames.Height));
        if (kind == "frames") Assert.Equal(film.Frames.Pixels[..clip.Clip.Frames.Pixels.Length], clip.Clip.Frames.Pixels);
        Assert.Equal(kind == "path" ? Path.GetFileName(stream.Name) : kind, clip.Manifest.Given!.File);
        Assert.Contains(clip.Clip.Audio.Samples, sample => sample != 0);
    }

    [Fact]
    public async Task Video_is_made_for_samples_which_stay_as_they_are()
    {
        await using var pipeline = await Load();
        var audio = Film(0.5, 20).Audio;
        var clip = Assert.Single(await All(pipeline.GenerateVideoAsync(audio, Quick, cancellation: Stop)));
        Assert.Equal(audio.Samples[..clip.Clip.Audio.Samples.Length], clip.Clip.Audio.Samples);
        Assert.Equal((4, 16, 16), (clip.Clip.Frames.Count, clip.Clip.Frames.Width, clip.Clip.Frames.Height));
    }

    [Fact]
    public async Task Frames_are_enlarged()
    {
        await using var pipeline = await Load();
        var small = new Frames(new byte[3 * 8 * 8 * 3], 8, 8, 10);
        var clip = await pipeline.UpscaleAsync(small, Quick.Upscaling, cancellation: Stop);
        Assert.Equal((3, 16, 16), (clip.Clip.Frames.Count, clip.Clip.Frames.Width, clip.Clip.Frames.Height));
        await using var without = await Load(upscaler: false);
        Assert.Null(without.Upscaler);
        await Assert.ThrowsAsync<InvalidOperationException>(() => without.UpscaleAsync(small));
    }

    [Fact]
    public async Task A_sampler_and_a_conditioning_of_one_s_own_work_end_to_end()
    {
        await using var pipeline = await Load(upscaler: false);
        var calls = 0;
        var own = new SamplerDescription("own", DefaultSteps: 4, LeastSteps: 1, "counts")
        {
            Create = (process, steps) => new Counting(Samplers.Create("ddim", process, steps), () => calls++),
        };
        AudioVideo? seen = null;
        var options = new GenerationOptions
        {
            OwnSampler = own,
            Steps = null,
            OwnConditioning = given => new ZeroShotConditioning(seen = given, 0),
        };
        var clip = Assert.Single(await All(pipeline.GenerateAudioAsync(Film(0.5, 20).Frames, options, cancellation: Stop)));
        Assert.Equal((1, "own", 4), (calls, clip.Manifest.Model!.Sampler, clip.Manifest.Model.Steps));
        Assert.True(seen!.HasVideo && !seen.HasAudio);
        var message = Assert.Throws<InvalidSettingsException>(() => pipeline.GenerateAsync(options with { Steps = 0 })).Message;
        Assert.Contains("0 steps do not suit the sampler 'own'", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_can_tell_failures_apart_and_none_names_a_temporary_file_or_an_option()
    {
        await using var pipeline = await Load();
        var settings = Assert.Throws<InvalidSettingsException>(() =>
            pipeline.GenerateAsync(new GenerationOptions { Count = 0, Label = "rain", Reuse = 0 }));
        Assert.Contains("count is 0", settings.Message, StringComparison.Ordinal);
        Assert.Contains("reuse is 0", settings.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => pipeline.GenerateAudioAsync((string)null!));
        Assert.Throws<ArgumentException>(() => new MediaInput(new Frames([], 8, 8, 10)));
        var missing = await Assert.ThrowsAsync<ModelNotFoundException>(() =>
            AudioVideoPipeline.LoadAsync(new PipelineOptions { Model = "nowhere" }));
        using var garbage = new MemoryStream(new byte[1000]);
        var media = await Assert.ThrowsAnyAsync<MmDiffusionException>(() => All(pipeline.GenerateAudioAsync(garbage, Quick)));
        Assert.Contains("the given stream", media.Message, StringComparison.Ordinal);
        var @short = await Assert.ThrowsAnyAsync<MmDiffusionException>(() => All(pipeline.GenerateAudioAsync(Film(0.1, 20).Frames, Quick)));
        Assert.Contains("0.1 s of picture", @short.Message, StringComparison.Ordinal);
        Assert.All([settings.Message, missing.Message, media.Message, @short.Message], message =>
        {
            Assert.DoesNotContain("mmdiff-tmp", message, StringComparison.Ordinal);
            Assert.DoesNotContain(" --", message, StringComparison.Ordinal);
        });
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), $"mmdiff-tmp-*-{Environment.ProcessId}"));
    }

    [Fact]
    public async Task A_clip_is_saved_to_a_file_or_a_stream()
    {
        await using var pipeline = await Load();
        var clip = Assert.Single(await All(pipeline.GenerateAsync(Quick, cancellation: Stop)));
        await clip.SaveAsync(_folder["a.MP4"], Stop);
        await clip.SaveAsync(_folder["a.gif"], Stop);
        await clip.SaveAsync(_folder["frames"], Stop);
        using var stream = new MemoryStream();
        await clip.WriteAsync(stream, cancellation: Stop);
        Assert.Equal(await File.ReadAllBytesAsync(_folder["a.MP4"], Stop), stream.ToArray());
        Assert.InRange(MediaFile.Probe(_folder["a.MP4"]).VideoSeconds, 0.39, 0.41);
        Assert.True(File.Exists(_folder["a.wav"]) && File.Exists(_folder["frames/frame-0004.png"]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => clip.WriteAsync(stream, ClipFileFormat.Gif));
    }

    [Fact]
    public async Task Listeners_are_told_of_requests_and_clips()
    {
        var (names, clips) = (new List<string>(), 0L);
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PipelineTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => names.Add(activity.OperationName),
        };
        ActivitySource.AddActivityListener(activities);
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == PipelineTelemetry.Name) listener.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref clips, value));
        meters.Start();
        await using var pipeline = await Load(upscaler: false);
        await All(pipeline.GenerateAsync(Quick with { Count = 2 }, cancellation: Stop));
        Assert.Superset(new HashSet<string> { "mmdiffusion.load", "mmdiffusion.generate" }, names.ToHashSet());
        Assert.True(clips >= 2);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Task<AudioVideoPipeline> Load(string? name = null, bool upscaler = true) => AudioVideoPipeline.LoadAsync(
        new PipelineOptions
        {
            Model = name is null ? model.Folder : _folder[name],
            HasUpscaler = upscaler,
            Compute = new ModelOptions { Precision = Precision.Float32 },
        },
        Stop);

    private static async Task<List<GeneratedClip>> All(IAsyncEnumerable<GeneratedClip> clips)
    {
        var all = new List<GeneratedClip>();
        await foreach (var clip in clips) all.Add(clip);
        return all;
    }

    private string Store(Clip film)
    {
        ClipWriter.Write(_folder["film.mp4"], film, ClipFileFormat.Mp4);
        return _folder["film.mp4"];
    }

    private static Clip Film(double seconds, double rate)
    {
        var pixels = new byte[(int)(seconds * rate) * 24 * 32 * 3];
        new Random(1).NextBytes(pixels);
        var samples = Enumerable.Range(0, (int)(seconds * TinyModel.SampleRate)).Select(i => 0.5f * MathF.Sin(i * 0.1f));
        return new Clip(new Frames(pixels, 24, 32, rate), new Audio([.. samples], TinyModel.SampleRate));
    }

    private sealed class Progress(Action<GenerationProgress> report) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => report(value);
    }

    private sealed class Counting(ISampler inner, Action called) : ISampler
    {
        public int NetworkCalls => inner.NetworkCalls;

        public AudioVideo Sample(IDenoiser denoiser, AudioVideo xT, SamplingContext context)
        {
            called();
            return inner.Sample(denoiser, xT, context);
        }
    }
}
