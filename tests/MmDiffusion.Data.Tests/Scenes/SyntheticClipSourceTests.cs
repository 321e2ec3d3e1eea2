using MmDiffusion.Data.Scenes;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Tests.Scenes;

[Trait("group", "unit")]
public sealed class SyntheticClipSourceTests
{
    private static readonly ClipShape Small = new() { Height = 32, Width = 32 };

    [Fact]
    public void A_source_gives_its_scenes_by_number()
    {
        using var source = new SyntheticClipSource(5, 9, Small);
        var (frames, sound) = Read(source, 3);
        var scene = SyntheticScenes.Create(source.SeedOf(3), Small).Clip;
        Assert.Equal(scene.Frames.Pixels, frames);
        Assert.Equal(scene.Audio.Samples.Select(value => (short)MathF.Round(value * 32768)), sound);
        Assert.Throws<ArgumentOutOfRangeException>(() => Read(source, 5));
        Assert.Throws<ArgumentException>(() => source.Read(0, frames, sound.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => source.Read(0, frames.AsSpan(1), sound));
    }

    [Fact]
    public void A_source_tells_the_kind_of_each_of_its_scenes_without_drawing_it()
    {
        using var source = new SyntheticClipSource(12, 9, Small);
        Assert.All(Enumerable.Range(0, 12), i => Assert.Equal(SyntheticScenes.Create(source.SeedOf(i), Small).Kind, source.KindOf(i)));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.KindOf(12));
    }

    [Fact]
    public void Threads_that_read_at_once_get_the_same_bytes()
    {
        using var source = new SyntheticClipSource(16, 1, Small);
        var alone = Enumerable.Range(0, 16).Select(i => Read(source, i)).ToArray();
        Parallel.For(0, 64, i =>
        {
            var (frames, sound) = Read(source, i % 16);
            Assert.Equal(alone[i % 16].Frames, frames);
            Assert.Equal(alone[i % 16].Audio, sound);
        });
    }

    [Fact]
    public void A_digest_tells_sources_apart()
    {
        IClipSource[] sources =
        [
            new SyntheticClipSource(5, 9, Small), new SyntheticClipSource(6, 9, Small), new SyntheticClipSource(5, 8, Small),
            new SyntheticClipSource(5, 9, Small with { Height = 33 }), new SyntheticClipSource(5, 9, Small with { FrameRate = 10.5 }),
        ];
        Assert.Distinct(sources.Select(source => source.Digest));
        Assert.Equal(sources[0].Digest, new SyntheticClipSource(5, 9, Small).Digest);
    }

    /// <summary>Running trainings are told by it: these are of the version of the scenes that training draws today.</summary>
    [Theory]
    [InlineData(8, 0, 4, 8, 10, 256, 640, "82891d116ce80dbafa6504d8058c7f2b54965c3af6c626fa59b5f4898d5c22cf")]
    public void A_digest_stays_what_it_was(
        int count,
        ulong seed,
        int frames,
        int size,
        double rate,
        int samples,
        int sampleRate,
        string digest) => Assert.Equal(
        digest,
        new SyntheticClipSource(count, seed, new ClipShape
        {
            Frames = frames,
            Height = size,
            Width = size,
            FrameRate = rate,
            AudioLength = samples,
            SampleRate = sampleRate,
        }).Digest);

    [Theory]
    [InlineData(",")]
    [InlineData("٫")]
    public void A_digest_does_not_depend_on_the_culture(string point)
    {
        var shape = Small with { FrameRate = 12.5 };
        var before = System.Globalization.CultureInfo.CurrentCulture;
        var expected = new SyntheticClipSource(5, 9, shape).Digest;
        try
        {
            var other = (System.Globalization.CultureInfo)before.Clone();
            other.NumberFormat.NumberDecimalSeparator = point;
            System.Globalization.CultureInfo.CurrentCulture = other;
            Assert.Equal(expected, new SyntheticClipSource(5, 9, shape).Digest);
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Sources_of_different_seeds_share_no_scene()
    {
        using var training = new SyntheticClipSource(1000, 1, Small);
        using var heldOut = new SyntheticClipSource(1000, 2, Small);
        Assert.Distinct(Enumerable.Range(0, 1000).SelectMany(i => new[] { training.SeedOf(i), heldOut.SeedOf(i) }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void A_count_below_one_is_refused(int count) =>
        Assert.Contains(
            $"is {count}, expected at least 1",
            Assert.ThrowsAny<MmDiffusionException>(() => new SyntheticClipSource(count, 1, Small)).Message,
            StringComparison.Ordinal);

    private static (byte[] Frames, short[] Audio) Read(SyntheticClipSource source, int index)
    {
        var (frames, sound) = (new byte[source.Shape.FrameBytes()], new short[source.Shape.AudioLength]);
        source.Read(index, frames, sound);
        return (frames, sound);
    }
}
