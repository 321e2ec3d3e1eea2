using MmDiffusion.Tests;

namespace MmDiffusion.Media.Tests.Reading;

/// <summary>What a model hears of several channels.</summary>
[Trait("group", "media")]
public sealed class HeardChannelsTests : IDisposable
{
    private const int Rate = 16_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Sound(string name, string channels, string layout, params string[] codec) => TestMedia.Make(
        _folder[name], ["-f", "lavfi", "-i", $"testsrc=s=32x24:r=10:d=2", "-f", "lavfi", "-i", $"aevalsrc='{channels}':c={layout}:s=48000:d=2", .. codec, "-pix_fmt", "yuv420p"]);

    private static double Level(IEnumerable<float> samples) => Math.Sqrt(samples.Average(sample => (double)sample * sample));

    [Theory]
    [InlineData("0|0.5*sin(6283*t)", "stereo", 0.5)] // all on the right
    [InlineData("0|0|0.5*sin(6283*t)|0|0|0", "5.1", 0.5)] // a voice in the centre
    [InlineData("0.0004*sin(3000*t)|0.5*sin(6283*t)", "stereo", 0.5)] // dither is not sound
    [InlineData("0|0.5*sin(6283*t)|0.5*sin(6283*t)", "3.0", 0.5)] // the mean of those that sound
    [InlineData("0.25*sin(6283*t)|0.5*sin(9000*t)", "stereo", 0.25)] // the first, where there is one
    public void The_first_channel_is_heard_and_where_it_is_silent_the_mean_of_those_that_are_not(string channels, string layout, double amplitude)
    {
        foreach (var path in new[] { channels.Length > 30 ? Sound("a.mkv", channels, layout, "-c:a", "pcm_s16le") : Sound("a.mp4", channels, layout, "-c:a", "aac", "-b:a", "256k") })
        {
            var media = MediaFile.Probe(path);
            var mixed = !channels.StartsWith("0.25", StringComparison.Ordinal);
            var clip = ClipReader.ReadClip(path, new ClipFormat(8, 8, 10, Rate));
            var sound = ClipReader.ReadSound(path, Rate, 0.5, 8000);
            var chosen = ClipReader.ChooseChannels(media);
            using var reader = ClipReader.OpenSound(chosen, Rate);
            var streamed = new float[16_000];
            reader.Read(streamed);
            foreach (var samples in new[] { clip.Sound.Samples[2000..16_000], sound.Samples, streamed[2000..] })
                Assert.Equal(amplitude / Math.Sqrt(2), Level(samples), 0.03 * amplitude);
            Assert.Equal((mixed, mixed, mixed), (clip.Sound.IsMix, sound.IsMix, chosen.IsMixHeard));
        }
    }

    [Fact]
    public void Silence_in_all_channels_is_silence()
    {
        var path = Sound("silent.mkv", "0|0.0004*sin(6283*t)", "stereo", "-c:a", "pcm_s16le");
        var clip = ClipReader.ReadClip(path, new ClipFormat(8, 8, 10, Rate));
        Assert.False(clip.Sound.IsMix);
        Assert.All(clip.Sound.Samples, sample => Assert.Equal(0, sample));
        Assert.Same(MediaInformationOf(path, out var media), media);
    }

    /// <summary>A stretch is judged by itself, a whole file by all of it, so that its stretches agree.</summary>
    [Fact]
    public void A_first_channel_that_is_silent_for_a_while_is_replaced_there_alone()
    {
        var path = Sound("late.mkv", "if(gt(t,1),0.5*sin(6283*t),0)|0.25*sin(6283*t)", "stereo", "-c:a", "pcm_s16le");
        Assert.True(ClipReader.ReadSound(path, Rate, 0, 15_000) is { IsMix: true } early && Math.Abs(Level(early.Samples) - 0.25 / Math.Sqrt(2)) < 0.01);
        Assert.False(ClipReader.ReadSound(path, Rate).IsMix);
        Assert.False(ClipReader.ChooseChannels(MediaFile.Probe(path)).IsMixHeard);
    }

    [Theory]
    [InlineData("if(gt(t,1),1/0,0.5*sin(6283*t))")]
    public void Samples_that_are_no_numbers_are_refused_in_a_sentence(string samples)
    {
        var path = Sound("odd.mkv", samples, "mono", "-c:a", "pcm_f32le");
        foreach (var read in new Action[] { () => ClipReader.ReadClip(path, new ClipFormat(8, 8, 10, Rate)), () => ClipReader.ReadSound(path, Rate), () => ClipReader.ReadSound(path, 48_000) })
        {
            var sentence = Assert.Throws<MmDiffusionException>(read).Message;
            Assert.Contains("is NaN or infinite at about", sentence, StringComparison.Ordinal);
            Assert.Contains("odd.mkv", sentence, StringComparison.Ordinal);
        }
    }

    private static MediaInformation MediaInformationOf(string path, out MediaInformation media) => ClipReader.ChooseChannels(media = MediaFile.Probe(path));
}
