using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "media")]
public sealed class ConditioningTests : IClassFixture<TinyModel>, IDisposable
{
    private readonly TinyModel _model;
    private readonly TemporaryFolder _folder = new();
    private readonly JointModel _joint;

    public ConditioningTests(TinyModel model)
    {
        _model = model;
        _joint = model.Load();
    }

    public void Dispose()
    {
        _joint.Dispose();
        _folder.Dispose();
    }

    private static readonly GenerationOptions Quick = new()
    {
        Sampler = "dpm-solver++",
        Steps = 3,
        Count = 2,
        Upscaling = new() { Sampler = "ddim", Steps = 1 },
    };

    private string Source(int frames = 30, bool sound = true)
    {
        var random = new Random(4);
        var pixels = new byte[frames * 24 * 32 * 3];
        random.NextBytes(pixels);
        var samples = Enumerable.Range(0, sound ? frames * 1600 : 0).Select(i => MathF.Sin(i * 0.05f) * 0.5f).ToArray();
        var path = _folder[$"source-{frames}-{sound}.mp4"];
        if (File.Exists(path)) return path;
        ClipWriter.Write(path, new Clip(new Frames(pixels, 24, 32, 20), new Audio(samples, 32_000)), ClipFileFormat.Mp4);
        return path;
    }

    private List<GeneratedClip> Run(GivenClip given, double guidance, Upscaler? upscaler = null)
    {
        var clips = new List<GeneratedClip>();
        new ClipGenerator(_joint, upscaler).Generate(Quick with { Given = given, Guidance = guidance }, clips.Add);
        return clips;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_given_picture_stays_as_the_file_has_it_and_seeds_differ_in_sound(double guidance)
    {
        var path = Source();
        using var given = GivenClip.FromVideo(path, 0.2, _joint.Directory.Description);
        var clips = Run(given, guidance);
        var kept = ClipReader.ReadFrames(path, new ClipFormat(24, 32, 20, 32_000), 0.2, 8);
        Assert.All(clips, clip => Assert.Equal(kept.Pixels, clip.Clip.Frames.Pixels));
        Assert.NotEqual(clips[0].Clip.Audio.Samples, clips[1].Clip.Audio.Samples);
        Assert.Equal(new ClipManifest.GivenRecord("video", Path.GetFileName(path), 0.2, guidance), clips[0].Manifest.Given);
    }

    [Fact]
    public void A_given_picture_that_is_not_evenly_spaced_keeps_the_times_of_its_frames()
    {
        var path = MmDiffusion.Testing.TestVideos.Make(
            _folder["recording.mp4"], "-f", "lavfi", "-i",
            @"testsrc=s=32x24:r=20:d=3,select='eq(n,0)+eq(n,3)+eq(n,4)+gte(n,9)*not(mod(n,7))'", "-vsync", "vfr", "-bf", "0", "-pix_fmt",
            "yuv420p");
        using var given = GivenClip.FromVideo(path, 0, _joint.Directory.Description);
        Assert.Equal([0, 0.15, 0.2], given.Frames!.Times!, (a, b) => Math.Abs(a - b) < 0.002);
        var written = ClipWriter.Write(_folder["out.mp4"], Run(given, 0)[0].Clip, ClipFileFormat.Mp4)[0];
        var media = MediaFile.Probe(written);
        Assert.Equal(0.4, media.VideoSeconds, 0.06);
        Assert.Equal([0, 0.15, 0.2], ClipReader.ReadOwnFrames(media, 24, 32).Times!.Take(3), (a, b) => Math.Abs(a - b) < 0.002);
    }

    [Fact]
    public void A_model_trained_to_be_given_a_part_meets_it_so_unless_guidance_is_asked_for()
    {
        using var given = GivenClip.FromVideo(Source(), 0.2, _joint.Directory.Description);
        using var trained = _model.Load(description => description with { ConditionalShare = 0.5 });
        Audio Make(JointModel model, double? guidance, out ClipManifest manifest)
        {
            var clips = new List<GeneratedClip>();
            new ClipGenerator(model).Generate(Quick with { Given = given, Guidance = guidance, Count = 1 }, clips.Add);
            manifest = clips[0].Manifest;
            return clips[0].Clip.Audio;
        }
        var byTraining = Make(trained, null, out var record);
        Assert.Null(record.Given!.Guidance);
        Assert.NotEqual(byTraining.Samples, Make(trained, 0, out record).Samples);
        Assert.Equal(0, record.Given!.Guidance);
        var zeroShot = Make(_joint, null, out record);
        Assert.Equal(3, record.Given!.Guidance);
        Assert.Equal(zeroShot.Samples, Make(trained, 3, out _).Samples);
    }

    [Fact]
    public void A_given_sound_stays_as_the_file_has_it_and_its_pictures_are_enlarged()
    {
        var path = Source();
        using var upscaler = _model.LoadUpscaler();
        using var given = GivenClip.FromAudio(path, 0.3, _joint.Directory.Description);
        var clips = Run(given, 3, upscaler);
        var kept = ClipReader.ReadAudio(path, 32_000, 0.3, 12_800);
        Assert.All(clips, clip => Assert.Equal(kept.Samples, clip.Clip.Audio.Samples));
        Assert.All(clips, clip => Assert.Equal((4, 16, 16), (clip.Clip.Frames.Count, clip.Clip.Frames.Height, clip.Clip.Frames.Width)));
        Assert.NotEqual(clips[0].Clip.Frames.Pixels, clips[1].Clip.Frames.Pixels);
    }

    [Fact]
    public void A_file_that_is_too_short_or_lacks_the_part_is_said()
    {
        var model = _joint.Directory.Description;
        Assert.Contains(
            "the model needs 0.4 s",
            Assert.ThrowsAny<MmDiffusionException>(() => GivenClip.FromVideo(Source(), 1.4, model)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "the model needs 0.4 s",
            Assert.ThrowsAny<MmDiffusionException>(() => GivenClip.FromAudio(Source(), 1.3, model)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "has no sound",
            Assert.ThrowsAny<MmDiffusionException>(() => GivenClip.FromAudio(Source(sound: false), 0, model)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_enlarged_with_and_without_sound_and_keep_it()
    {
        using var upscaler = _model.LoadUpscaler();
        var options = new UpscalingOptions { Sampler = "ddim", Steps = 1, FramesAtOnce = 2 };
        var clip = new FileUpscaler(upscaler).Upscale(Source(), 0, 3, 1, options).Clip;
        Assert.Equal((3, 48, 64, 20.0), (clip.Frames.Count, clip.Frames.Height, clip.Frames.Width, clip.Frames.Rate));
        Assert.Equal(ClipReader.ReadAudio(Source(), 32_000, 0, 4800).Samples, clip.Audio.Samples);
        var uneven = MmDiffusion.Testing.TestVideos.Make(
            _folder["uneven.mp4"], "-f", "lavfi", "-i", "testsrc=s=32x24:r=20:d=2,select='eq(n,0)+eq(n,3)+gte(n,9)*not(mod(n,7))'",
            "-vsync", "vfr", "-bf", "0", "-pix_fmt", "yuv420p");
        var enlarged = new FileUpscaler(upscaler).Upscale(uneven, 0, 3, 1, options).Clip.Frames;
        Assert.Equal([0, 0.15, 0.7], enlarged.Times!, (a, b) => Math.Abs(a - b) < 0.002);
        Assert.Equal(48, enlarged.Height);
        Assert.Empty(new FileUpscaler(upscaler).Upscale(Source(sound: false), 0, 3, 1, options).Clip.Audio.Samples);
    }
}
