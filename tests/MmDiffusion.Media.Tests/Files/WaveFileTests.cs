using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Media.Tests.Files;

[Trait("group", "unit")]
public sealed class WaveFileTests
{
    [Fact]
    public void Sixteen_bit_samples_come_back_exactly()
    {
        using var folder = new TemporaryFolder();
        Prop.ForAll<short[], ushort>((values, rate) =>
        {
            var sound = new Audio([.. values.Select(value => value / 32768f)], rate + 1);
            WaveFile.Write(folder["a.wav"], sound);
            var read = WaveFile.Read(folder["a.wav"]);
            return read.Rate == sound.Rate && read.Samples.AsSpan().SequenceEqual(sound.Samples);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Float_samples_come_back_exactly_and_pcm_within_half_a_step()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            var sound = new Audio([.. Enumerable.Range(0, random.Next(10000)).Select(_ => 2 * random.NextSingle() - 1)], 16000);
            WaveFile.Write(folder["float.wav"], sound, WaveEncoding.Float32);
            WaveFile.Write(folder["pcm.wav"], sound);

            Assert.Equal(sound.Samples, WaveFile.Read(folder["float.wav"]).Samples);
            var pcm = WaveFile.Read(folder["pcm.wav"]).Samples;
            Assert.All(sound.Samples.Zip(pcm), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1.01f / 32768));
        }
    }

    [Fact]
    public void Samples_beyond_the_range_are_limited_and_no_number_is_silence()
    {
        using var folder = new TemporaryFolder();
        WaveFile.Write(folder["a.wav"], new Audio([2, -2, 1, -1, float.NaN], 8000));

        Assert.Equal([32767 / 32768f, -1, 32767 / 32768f, -1, 0], WaveFile.Read(folder["a.wav"]).Samples);
    }

    [Theory]
    [InlineData("pcm_u8", 0.01)]
    [InlineData("pcm_s16le", 1e-4)]
    [InlineData("pcm_s24le", 1e-6)]
    [InlineData("pcm_s32le", 1e-6)]
    [InlineData("pcm_f32le", 1e-6)]
    [InlineData("pcm_f64le", 1e-6)]
    [Trait("group", "media")]
    public void Every_usual_kind_is_read_and_the_first_of_many_channels(string codec, double tolerance)
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder["a.wav"], "-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*100*t)|0.1|-0.9':s=8000:d=0.5", "-c:a", codec);
        var sound = WaveFile.Read(path);

        Assert.Equal((8000, 4000), (sound.Rate, sound.Samples.Length));
        for (var i = 0; i < 4000; i++) Assert.Equal(0.5 * Math.Sin(2 * Math.PI * 100 * i / 8000), sound.Samples[i], tolerance);
    }

    [Fact]
    public void Cut_anywhere_a_file_is_refused_in_a_sentence()
    {
        using var folder = new TemporaryFolder();
        WaveFile.Write(folder["whole.wav"], new Audio(new float[100], 8000));
        var whole = File.ReadAllBytes(folder["whole.wav"]);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder["cut.wav"], whole[..length]);
            var exception = Assert.ThrowsAny<MmDiffusionException>(() => WaveFile.Read(folder["cut.wav"]));
            Assert.Contains("cut.wav", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Damaged_headers_are_refused_or_read_but_never_crash()
    {
        using var folder = new TemporaryFolder();
        WaveFile.Write(folder["whole.wav"], new Audio(new float[100], 8000));
        var whole = File.ReadAllBytes(folder["whole.wav"]);
        for (var i = 0; i < 44; i++)
        {
            foreach (var value in new byte[] { 0, 1, 0x7F, 0xFE, 0xFF })
            {
                var damaged = whole.ToArray();
                damaged[i] = value;
                File.WriteAllBytes(folder["damaged.wav"], damaged);
                var exception = Record.Exception(() => WaveFile.Read(folder["damaged.wav"]));
                Assert.True(exception is null or MmDiffusionException, $"byte {i} = {value}: {exception}");
            }
        }
    }

    [Fact]
    public void Other_kinds_and_huge_headers_are_named()
    {
        using var folder = new TemporaryFolder();
        WaveFile.Write(folder["a.wav"], new Audio(new float[10], 8000));
        var bytes = File.ReadAllBytes(folder["a.wav"]);
        bytes[20] = 6;
        File.WriteAllBytes(folder["alaw.wav"], bytes);
        bytes[20] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), 1u << 31);
        File.WriteAllBytes(folder["huge.wav"], bytes);

        Assert.Contains(
            "kind 6 with 16 bits",
            Assert.ThrowsAny<MmDiffusionException>(() => WaveFile.Read(folder["alaw.wav"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "tells 2147483648 bytes",
            Assert.ThrowsAny<MmDiffusionException>(() => WaveFile.Read(folder["huge.wav"])).Message,
            StringComparison.Ordinal);
    }
}
