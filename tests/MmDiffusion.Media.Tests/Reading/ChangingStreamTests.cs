using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Tests.Reading;

/// <summary>Streams that change in the middle of a file, as broadcasts do; ffmpeg then makes its filters again.</summary>
[Trait("group", "media")]
public sealed class ChangingStreamTests
{
    private const double Length = 3;
    private const string AllOfSix = "pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0";

    public static TheoryData<string[], string[]> Sounds => new()
    {
        { ["-c:a", "ac3", "-af", "pan=stereo|c0=c0|c1=c0"], ["-c:a", "ac3", "-af", AllOfSix] },
        { ["-c:a", "ac3", "-af", AllOfSix], ["-c:a", "ac3"] },
        { ["-c:a", "mp2"], ["-c:a", "mp2", "-af", "pan=stereo|c0=c0|c1=c0"] },
        { ["-c:a", "mp2", "-ar", "32000"], ["-c:a", "mp2", "-ar", "48000"] },
        { ["-c:a", "mp2", "-ar", "48000"], ["-c:a", "mp2", "-ar", "32000"] },
        { ["-c:a", "aac", "-ar", "48000"], ["-c:a", "aac", "-ar", "44100", "-ac", "2"] },
        { ["-c:a", "ac3", "-ar", "44100"], ["-c:a", "ac3", "-ar", "48000"] },
        { ["-c:a", "eac3", "-ar", "32000"], ["-c:a", "eac3", "-ar", "48000"] },
        { ["-c:a", "eac3", "-ar", "48000"], ["-c:a", "eac3", "-ar", "44100"] },
        { ["-c:a", "aac", "-mpegts_flags", "latm", "-ar", "48000"], ["-c:a", "aac", "-mpegts_flags", "latm", "-ar", "32000"] },
    };

    [Theory]
    [MemberData(nameof(Sounds))]
    public void Sound_that_changes_continues_in_its_place(string[] before, string[] after)
    {
        using var folder = new TemporaryFolder();
        var path = Joined(folder, ["-vn", .. before], ["-vn", .. after]);

        var sound = ClipReader.ReadAudio(path, 16000);
        var part = ClipReader.ReadAudio(path, 16000, start: 2, sampleCount: 32000);

        // A tone of 1 kHz throughout: every tenth of a second has it, but for the joint.
        Assert.Equal(2 * Length, sound.Duration, 0.15);
        Assert.Equal(32000, part.Samples.Length);
        var silent = sound.Samples.Chunk(1600).SkipLast(2).Count(block => block.Max() < 0.03f);
        Assert.InRange(silent, 0, 1);
        Assert.InRange(part.Samples.Chunk(1600).Count(block => block.Max() < 0.03f), 0, 1);
    }

    /// <summary>All channels that come at any time, and each sample in its place.</summary>
    [Fact]
    public void Channels_that_come_later_are_kept()
    {
        using var folder = new TemporaryFolder();
        var path = Joined(folder, ["-vn", "-c:a", "ac3", "-af", "pan=stereo|c0=c0|c1=c0"], ["-vn", "-c:a", "ac3", "-af", AllOfSix]);

        var original = OriginalAudio.Read(MediaFile.Probe(path), 1, 4);
        ClipWriter.Write(folder["clip"], TestMedia.Gradient(frames: 1) with { OriginalAudio = original }, ClipFileFormat.Frames);
        var (first, fifth) = (Channel(0), Channel(4));

        Assert.Equal(6, original.Channels);
        Assert.Equal(4 * 44100, first.Length);
        Assert.InRange(Silent(first), 0, 1);
        Assert.InRange(Silent(fifth), 19, 21);
        Assert.InRange(Silent(fifth[(22 * 4410)..]), 0, 1);

        float[] Channel(int channel)
        {
            var raw = TestMedia.Make(
                folder["raw"], "-i", Path.Combine(folder["clip"], "sound.wav"), "-af", $"pan=mono|c0=c{channel}", "-c:a", "pcm_f32le", "-f",
                "f32le");
            return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(raw)).ToArray();
        }

        static int Silent(float[] samples) => samples.Chunk(4410).Count(block => block.Max() < 0.03f);
    }

    public static TheoryData<string, string[]> Pictures => new()
    {
        { "size and aspect", ["-vf", "scale=64:96,setsar=1", "-c:v", "mpeg2video"] },
        { "shape of pixels", ["-vf", "setsar=2", "-c:v", "mpeg2video"] },
        { "format of pixels", ["-pix_fmt", "yuv422p", "-c:v", "mpeg2video"] },
    };

    [Theory]
    [MemberData(nameof(Pictures))]
    public void A_picture_that_changes_continues_in_its_place_and_keeps_its_aspect(string what, string[] after)
    {
        using var folder = new TemporaryFolder();
        var path = Joined(folder, ["-an", "-c:v", "mpeg2video"], ["-an", .. after]);

        var frames = ClipReader.ReadFrames(path, new ClipFormat(32, 48, 10, 16000));

        Assert.InRange(frames.Count, 59, 61);
        Assert.True(Lit(frames[10]) > 0.95, "the first part fills the frame");
        var expected = what switch { "size and aspect" => 21.0 / 48, "shape of pixels" => 22.0 / 32, _ => 1.0 };
        Assert.Equal(expected, Lit(frames[50]), 0.06);
        // White from 4 to 5 s, grey else.
        foreach (var (time, white) in new[] { (3.5, false), (4.2, true), (4.8, true), (5.3, false) })
            Assert.Equal(white, frames[(int)Math.Round(time * 10)].ToArray().Max() > 200);
    }

    /// <summary>Two parts of 3 s with one clock, encoded differently: grey with a tone, white from 4 to 5 s.</summary>
    private static string Joined(TemporaryFolder folder, string[] before, string[] after)
    {
        string[] source =
        [
            "-f", "lavfi", "-i", "color=gray:s=96x64:r=25:d=6,drawbox=c=white:t=fill:enable='between(t,4,5)'", "-f", "lavfi", "-i",
            "sine=1000:d=6",
        ];
        var first = TestMedia.Make(folder["first.ts"], [.. source, "-q:v", "2", .. before, "-t", TestMedia.Text($"{Length}")]);
        var second = TestMedia.Make(
            folder["second.ts"],
            [.. source, "-ss", TestMedia.Text($"{Length}"), "-q:v", "2", .. after, "-output_ts_offset", TestMedia.Text($"{Length}")]);
        File.WriteAllBytes(folder["joined.ts"], [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]);
        return folder["joined.ts"];
    }

    /// <summary>Part of a frame that is not black.</summary>
    private static double Lit(ReadOnlySpan<byte> frame)
    {
        var lit = 0;
        foreach (var value in frame) lit += value > 60 ? 1 : 0;
        return (double)lit / frame.Length;
    }
}
