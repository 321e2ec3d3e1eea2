using FsCheck.Fluent;
using MmDiffusion.Data;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Media;

namespace MmDiffusion.Tests.Data.Scenes;

[Trait("group", "unit")]
public sealed class SyntheticScenesTests
{
    private static readonly ClipShape Small = new() { Height = 32, Width = 32 };

    public static TheoryData<SceneKind> Kinds { get; } = [.. Enum.GetValues<SceneKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_seed_gives_the_same_bytes_and_other_seeds_other_scenes(SceneKind kind)
    {
        var (first, again, other) = (SyntheticScenes.Create(3, Small, kind), SyntheticScenes.Create(3, Small, kind), SyntheticScenes.Create(4, Small, kind));
        Assert.Equal(first.Clip.Frames.Pixels, again.Clip.Frames.Pixels);
        Assert.Equal(first.Clip.Sound.Samples, again.Clip.Sound.Samples);
        Assert.NotEqual(first.Clip.Frames.Pixels, other.Clip.Frames.Pixels);
        Assert.NotEqual(first.Clip.Sound.Samples, other.Clip.Sound.Samples);
        Assert.Equal(kind, first.Kind);
    }

    [Fact]
    public void Seeds_alone_give_every_kind()
    {
        var kinds = Enumerable.Range(0, 200).Select(seed => SyntheticScenes.Create((ulong)seed, Small with { Frames = 1, Height = 2, Width = 2, AudioLength = 2 }).Kind).ToList();
        Assert.All(Enum.GetValues<SceneKind>(), kind => Assert.InRange(kinds.Count(found => found == kind), 15, 60));
    }

    [Fact]
    public void Any_shape_is_drawn_and_sounds() => (
        from frames in Gen.Choose(1, 20)
        from height in Gen.Choose(1, 40)
        from width in Gen.Choose(1, 40)
        from rate in Gen.Choose(1, 60)
        from length in Gen.Choose(1, 5000)
        from sampleRate in Gen.Choose(1000, 48_000)
        from seed in Gen.Choose(0, int.MaxValue)
        select (Shape: new ClipShape { Frames = frames, Height = height, Width = width, FrameRate = rate, AudioLength = length, SampleRate = sampleRate }, Seed: seed)).Sample(60).ToList().ForEach(sample =>
    {
        var (shape, clip) = (sample.Shape, SyntheticScenes.Create((ulong)sample.Seed, sample.Shape).Clip);
        Assert.Equal((shape.Frames, shape.Height, shape.Width), (clip.Frames.Count, clip.Frames.Height, clip.Frames.Width));
        Assert.Equal(shape.AudioLength, clip.Sound.Samples.Length);
        Assert.All(clip.Sound.Samples, value => Assert.InRange(value, -0.9f, 0.9f));
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Events_lie_within_the_clip_in_order_and_most_clips_have_some(SceneKind kind)
    {
        var scenes = Enumerable.Range(0, 20).Select(seed => SyntheticScenes.Create((ulong)seed, Small, kind)).ToList();
        Assert.All(scenes, scene => Assert.Equal(scene.EventTimes.Order(), scene.EventTimes));
        Assert.All(scenes.SelectMany(scene => scene.EventTimes), time => Assert.InRange(time, 0, 1.6));
        Assert.InRange(scenes.Count(scene => scene.EventTimes.Count > 0), 17, 20);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_heard_is_seen_in_the_same_frame(SceneKind kind)
    {
        var clips = Enumerable.Range(0, 64).Select(seed => SyntheticScenes.Create((ulong)(100 + seed), Small, kind).Clip).ToList();
        var (changes, onsets) = (clips.ConvertAll(VisualChange), clips.ConvertAll(Onsets));
        // How often a clip's own sound fits its pictures better than another clip's.
        var fits = 0.0;
        for (var i = 0; i < clips.Count; i++)
            for (var other = 1; other < 16; other++)
                fits += Correlation(changes[i], onsets[i]) > Correlation(changes[i], onsets[(i + other) % clips.Count]) ? 1 : 0;
        Assert.InRange(fits / (clips.Count * 15), 0.8, 1);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_event_is_a_jump_of_loudness_within_a_frame_of_its_time(SceneKind kind)
    {
        var (hits, events) = (0, 0);
        foreach (var scene in Enumerable.Range(0, 40).Select(seed => SyntheticScenes.Create((ulong)seed, Small, kind)))
        {
            var onsets = Onsets(scene.Clip);
            var threshold = onsets.Max() * 0.25;
            foreach (var frame in scene.EventTimes.Select(time => (int)(time * 10)).Where(frame => frame is > 0 and < 15))
            {
                events++;
                if (onsets[(frame - 1)..Math.Min(frame + 1, onsets.Length)].Any(onset => onset >= threshold)) hits++;
            }
        }
        Assert.InRange((double)hits / events, 0.75, 1);
    }

    [Fact]
    public void A_source_gives_its_scenes_by_number()
    {
        using var source = new SyntheticClipSource(5, 9, Small);
        var (frames, sound) = (new byte[Small.FrameBytes()], new short[Small.AudioLength]);
        source.Read(3, frames, sound);
        var scene = SyntheticScenes.Create(source.SeedOf(3), Small).Clip;
        Assert.Equal(scene.Frames.Pixels, frames);
        Assert.Equal(scene.Sound.Samples.Select(value => (short)MathF.Round(value * 32768)), sound);
        using var other = new SyntheticClipSource(6, 9, Small);
        Assert.NotEqual(source.Digest, other.Digest);
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Read(5, frames, sound));
    }

    private static double[] VisualChange(Clip clip) => [.. Enumerable.Range(1, clip.Frames.Count - 1).Select(i =>
    {
        var before = clip.Frames[i - 1];
        var after = clip.Frames[i];
        var sum = 0.0;
        for (var j = 0; j < after.Length; j++) sum += Math.Abs(after[j] - before[j]);
        return sum;
    })];

    private static double[] Onsets(Clip clip)
    {
        var length = clip.Sound.Samples.Length / clip.Frames.Count;
        var loudness = clip.Sound.Samples.Chunk(length).Select(chunk => Math.Log(chunk.Sum(value => value * value) / length + 1e-4)).ToArray();
        return [.. Enumerable.Range(1, clip.Frames.Count - 1).Select(i => Math.Max(0, loudness[i] - loudness[i - 1]))];
    }

    private static double Correlation(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        var covariance = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        return covariance / Math.Sqrt(x.Sum(a => (a - meanX) * (a - meanX)) * y.Sum(b => (b - meanY) * (b - meanY)) + 1e-12);
    }
}
