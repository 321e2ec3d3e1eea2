using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media.Tests.Reading;

/// <summary>A film of 2 s with many sounds.</summary>
public sealed class FilmOfManySounds : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>What each channel has, and the layout.</summary>
    private static readonly (string Channels, string Layout)[] Sounds =
    [
        ("0|0.5*sin(6283*t)", "stereo"),
        ("0|0|0.5*sin(6283*t)|0|0|0", "5.1"),
        ("0.0004*sin(3000*t)|0.5*sin(6283*t)", "stereo"),
        ("0|0.5*sin(6283*t)|0.5*sin(6283*t)", "3.0"),
        ("0.25*sin(6283*t)|0.5*sin(9000*t)", "stereo"),
        ("0|0.0004*sin(6283*t)", "stereo"),
        ("if(gt(t,1),0.5*sin(6283*t),0)|0.25*sin(6283*t)", "stereo"),
        ("if(gt(t,1),1/0,0.5*sin(6283*t))", "mono"),
    ];

    /// <summary>Makes it.</summary>
    public FilmOfManySounds() => Path = TestMedia.Make(
        _folder["many.mkv"],
        [
            "-f",
            "lavfi",
            "-i",
            "testsrc=s=32x24:r=10:d=2",
            .. Sounds.SelectMany(sound => new[] { "-f", "lavfi", "-i", $"aevalsrc='{sound.Channels}':c={sound.Layout}:s=48000:d=2" }),
            .. Enumerable.Range(0, Sounds.Length + 1).SelectMany(input => new[] { "-map", $"{input}" }),
            "-c:v",
            "mpeg4",
            "-c:a",
            "pcm_f32le",
            "-c:a:0",
            "aac",
            "-b:a:0",
            "256k",
        ]);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}

/// <summary>What a model hears of several channels.</summary>
[Trait("group", "media")]
public sealed class HeardChannelsTests(FilmOfManySounds film) : IClassFixture<FilmOfManySounds>
{
    private const int Rate = 16_000;

    private MediaInformation Audio(int stream) =>
        MediaFile.Probe(film.Path, new StreamChoice(Audio: stream), TestContext.Current.CancellationToken);

    private static double Level(IEnumerable<float> samples) => Math.Sqrt(samples.Average(sample => (double)sample * sample));

    [Theory]
    [InlineData(0, 0.5)] // all on the right
    [InlineData(1, 0.5)] // a voice in the centre
    [InlineData(2, 0.5)] // dither is not sound
    [InlineData(3, 0.5)] // the mean of those that sound
    [InlineData(4, 0.25)] // the first, where there is one
    public void The_first_channel_is_heard_and_where_it_is_silent_the_mean_of_those_that_are_not(int stream, double amplitude)
    {
        var media = Audio(stream);
        var mixed = stream < 4;
        var notices = new List<ReadingNotice>();
        var clip = ClipReader.ReadClip(media, new ClipFormat(8, 8, 10, Rate), onNotice: notices.Add);
        var sound = ClipReader.ReadAudio(media, Rate, 0.5, 8000, onNotice: notices.Add);
        var chosen = ClipReader.ChooseChannels(media);
        using var reader = ClipReader.OpenAudio(chosen, Rate);
        var streamed = new float[16_000];
        reader.Read(streamed);
        foreach (var samples in new[] { clip.Audio.Samples[2000..16_000], sound.Samples, streamed[2000..] })
            Assert.Equal(amplitude / Math.Sqrt(2), Level(samples), 0.03 * amplitude);
        Assert.Equal((mixed, mixed, mixed), (clip.Audio.IsMix, sound.IsMix, chosen.IsMixHeard));
        Assert.Equal(
            mixed ? 2 : 0,
            notices.Count(notice => notice.Clause.Contains("the mean of those that are not is heard", StringComparison.Ordinal)));
    }

    [Fact]
    public void Silence_in_all_channels_is_silence()
    {
        var media = Audio(5);
        var clip = ClipReader.ReadClip(media, new ClipFormat(8, 8, 10, Rate));
        Assert.False(clip.Audio.IsMix);
        Assert.All(clip.Audio.Samples, sample => Assert.Equal(0, sample));
        Assert.Same(media, ClipReader.ChooseChannels(media));
    }

    /// <summary>A stretch is judged by itself, a whole file by all of it, so that its stretches agree.</summary>
    [Fact]
    public void A_first_channel_that_is_silent_for_a_while_is_replaced_there_alone()
    {
        var media = Audio(6);
        Assert.True(
            ClipReader.ReadAudio(media, Rate, 0, 15_000) is { IsMix: true } early
                && Math.Abs(Level(early.Samples) - 0.25 / Math.Sqrt(2)) < 0.01);
        Assert.False(ClipReader.ReadAudio(media, Rate).IsMix);
        Assert.False(ClipReader.ChooseChannels(media).IsMixHeard);
    }

    /// <summary>As recorders do that were started before their microphone.</summary>
    [Theory]
    [InlineData("pan=stereo|c1=c0", 1)]
    [InlineData("pan=5.1|c2=c0", 2, Traits = ["group", "slow"])]
    public void A_channel_that_comes_later_is_heard_where_the_first_is_silent(string later, int channel)
    {
        using var folder = new TemporaryFolder();
        var first = TestMedia.Make(folder["a.ts"], "-f", "lavfi", "-i", "aevalsrc=0:d=30:s=48000", "-c:a", "ac3");
        var second = TestMedia.Make(
            folder["b.ts"], "-f", "lavfi", "-i", "sine=1000:d=2:r=48000", "-af", later, "-c:a", "ac3", "-output_ts_offset", "30");
        File.WriteAllBytes(folder["joined.ts"], [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]);
        var media = MediaFile.Probe(folder["joined.ts"]);

        var notices = new List<ReadingNotice>();
        var sound = ClipReader.ReadAudio(media, Rate, start: 29, onNotice: notices.Add);
        var chosen = ClipReader.ChooseChannels(media);
        using var reader = ClipReader.OpenAudio(chosen, Rate);
        var streamed = new float[31 * Rate];
        reader.Read(streamed);

        Assert.Equal([channel], chosen.Mix);
        foreach (var samples in new[] { sound.Samples[..(2 * Rate)], streamed[(29 * Rate)..] })
        {
            Assert.InRange(Level(samples[..(8 * Rate / 10)]), 0, 0.001);
            Assert.InRange(Level(samples[(13 * Rate / 10)..]), 0.05, 0.15);
        }
        Assert.Contains(" channels is silent there", Assert.Single(notices).Clause, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_that_are_no_numbers_are_refused_in_a_sentence()
    {
        var media = Audio(7);
        foreach (var read in new Action[]
        {
            () => ClipReader.ReadClip(media, new ClipFormat(8, 8, 10, Rate)),
            () => ClipReader.ReadAudio(media, Rate),
            () => ClipReader.ReadAudio(media, 48_000),
        })
        {
            var sentence = Assert.ThrowsAny<MmDiffusionException>(read).Message;
            Assert.Contains("is NaN or infinite at about", sentence, StringComparison.Ordinal);
            Assert.Contains("many.mkv", sentence, StringComparison.Ordinal);
        }
    }
}
