using System.Diagnostics;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Tests.Writing;

/// <summary>The sound that results keep: all channels of the file, untouched where the format can hold it.</summary>
[Trait("group", "media")]
public sealed class OriginalAudioTests : IDisposable
{
    private const string Surround = "0.1*sin(700*t)|0.5*sin(6283*t)|0.3*sin(2000*t)|0|0.2*sin(3000*t)|0.4*sin(5000*t)";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Source(string name, string channels, params string[] codec) => TestMedia.Make(
        _folder[name], ["-f", "lavfi", "-i", $"aevalsrc='{channels}':s=48000:d=3", .. codec]);

    private static string Write(string path, OriginalAudio? original, ClipFileFormat format)
    {
        var clip = TestMedia.Gradient(frames: 2, height: 16, width: 16);
        ClipWriter.Write(path, clip with { OriginalAudio = original }, format);
        return path;
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Media.FfmpegProgram.Ffmpeg.Locate(program), ["-v", "error", .. arguments])
        {
            RedirectStandardOutput = true,
        })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }

    /// <summary>Digests of a file's packets of sound.</summary>
    private static string[] Packets(string path) => [.. Run(
        "ffprobe", "-select_streams", "a", "-show_entries", "packet=data_hash", "-show_data_hash", "md5", "-of", "csv=p=0", path)
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim(','))];

    /// <summary>Decoded samples, channel by channel.</summary>
    private float[][] Samples(string path, int channels, double start = 0)
    {
        var raw = _folder["raw"];
        TestMedia.Make(
            raw, "-i", path, "-af", TestMedia.Text($"atrim=start={start},asetpts=PTS-STARTPTS"), "-ar", "48000", "-c:a", "pcm_f32le", "-f",
            "f32le");
        var samples = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(raw)).ToArray();
        return [.. Enumerable.Range(0, channels).Select(channel => samples.Where((_, i) => i % channels == channel).ToArray())];
    }

    [Theory]
    [InlineData("a.mp4", ClipFileFormat.Mp4, 2, "-c:a", "aac")]
    [InlineData("a.flac", ClipFileFormat.Mp4, 6, "-c:a", "flac", Traits = ["group", "slow"])]
    [InlineData("a.mkv", ClipFileFormat.Mp4, 6, "-c:a", "ac3", Traits = ["group", "slow"])]
    [InlineData("a.webm", ClipFileFormat.Webm, 2, "-c:a", "libopus")]
    public void Packets_are_copied_where_the_format_can_hold_them(string name, ClipFileFormat format, int channels, params string[] codec)
    {
        var source = Source(name, channels == 6 ? Surround : "0.1*sin(700*t)|0.5*sin(6283*t)", codec);
        var whole = Write(_folder["whole" + ClipWriter.Extension(format)], OriginalAudio.Read(MediaFile.Probe(source)), format);

        Assert.Equal(channels, MediaFile.Probe(whole).Channels);
        Assert.Equal(Packets(source), Packets(whole));
    }

    /// <summary>From the beginning and from within a packet.</summary>
    [Theory]
    [InlineData(0, "a.mp4", "-c:a", "aac", "-b:a", "300k", Traits = ["group", "slow"])]
    [InlineData(1.234, "a.mp4", "-c:a", "aac", "-b:a", "300k")]
    [InlineData(0.7, "a.mkv", "-c:a", "flac", Traits = ["group", "slow"])]
    [InlineData(1.1, "a.ts", "-c:a", "ac3", "-b:a", "400k", Traits = ["group", "slow"])]
    [InlineData(0.5, "a.opus", "-c:a", "libopus", "-b:a", "200k", Traits = ["group", "slow"])]
    public void A_stretch_keeps_every_channel_at_its_time_in_every_format(double start, string name, params string[] codec)
    {
        const double seconds = 1.6;
        var source = Source(name, "0.3*sin(700*t*(1+t))|0.5*sin(600*t*(1+t))", codec);
        var original = OriginalAudio.Read(MediaFile.Probe(source), start, seconds);
        var expected = Samples(source, 2, start);
        // Mp4 has edit lists, webm none, and a wav file neither packets nor times.
        foreach (var format in new[] { ClipFileFormat.Mp4, ClipFileFormat.Webm, ClipFileFormat.Frames })
        {
            var path = Write(_folder["cut" + ClipWriter.Extension(format)], original, format);
            if (format == ClipFileFormat.Frames) path = Path.Combine(path, "sound.wav");
            foreach (var (channel, found) in Samples(path, 2).Index())
            {
                Assert.InRange(found.Length / 48_000.0, seconds - 0.001, seconds + 0.11); // a packet more, which in FLAC are 0.1 s
                // The run-in of a codec may be missing at the very beginning.
                var error = Enumerable.Range(4_800, 60_000).Average(i => Math.Abs(expected[channel][i] - found[i]));
                Assert.True(error < 0.02, $"{format} channel {channel}: {error}");
            }
        }
    }

    [Theory]
    [InlineData("pcm_s24le", "pcm_s24le")]
    [InlineData("pcm_f32le", "pcm_f32le")]
    public void A_wav_beside_frames_has_the_very_samples(string codec, string expected)
    {
        var source = Source("a.wav", Surround, "-c:a", codec);
        var wav = Path.Combine(Write(_folder["clip"], OriginalAudio.Read(MediaFile.Probe(source)), ClipFileFormat.Frames), "sound.wav");

        Assert.Equal(expected, Run("ffprobe", "-show_entries", "stream=codec_name", "-of", "csv=p=0", wav).Trim());
        Assert.Equal(Samples(source, 6), Samples(wav, 6));
    }

    /// <summary>What no mp4 can hold is kept as its samples are, not encoded again.</summary>
    [Theory]
    [InlineData("pcm_s16le")]
    [InlineData("pcm_s24le")]
    public void An_mp4_has_the_very_samples_of_a_wav(string codec)
    {
        var source = Source("a.wav", Surround, "-c:a", codec);
        var original = OriginalAudio.Read(MediaFile.Probe(source), 0.5, 1);
        Assert.Null(original.LossIn(ClipFileFormat.Mp4));
        Assert.Contains("encoded as Opus", original.LossIn(ClipFileFormat.Webm), StringComparison.Ordinal);

        var (expected, found) = (Samples(source, 6, 0.5), Samples(Write(_folder["a.mp4"], original, ClipFileFormat.Mp4), 6));
        for (var channel = 0; channel < 6; channel++) Assert.Equal(expected[channel][..48_000], found[channel]);
    }

    [Fact]
    [Trait("group", "slow")]
    public void Odd_numbers_of_channels_and_rates_are_stored_and_the_bytes_are_the_same_each_time()
    {
        foreach (var (name, channels, rate) in new[] { ("three.wav", 3, "11025"), ("ten.wav", 10, "96000") })
        {
            var tones = string.Join('|', Enumerable.Range(1, channels).Select(i => $"0.3*sin({500 * i}*t)"));
            var source = Source(name, tones, "-ar", rate);
            foreach (var format in new[] { ClipFileFormat.Webm, ClipFileFormat.Gif })
            {
                var original = OriginalAudio.Read(MediaFile.Probe(source), 0.1, 1);
                var (first, second) = (Write(_folder["first"], original, format), Write(_folder["second"], original, format));
                Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
            }
            Assert.Equal(channels, MediaFile.Probe(_folder["first.wav"]).Channels);
        }
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path), path => path.EndsWith(".nut", StringComparison.Ordinal));
    }
}
