using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media.Tests.Reading;

[Trait("group", "media")]
public sealed class MediaDamageTests
{
    [Theory]
    [InlineData("film.mp4", 0.25)]
    [InlineData("film.ts", 0.5, Traits = ["group", "slow"])]
    [InlineData("film.avi", 0.6, Traits = ["group", "slow"])]
    public void Damage_in_the_middle_is_told_with_its_time(string name, double place)
    {
        using var folder = new TemporaryFolder();
        var path = TestMedia.Make(
            folder[name],
            [
                "-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=6", "-f", "lavfi", "-i", "sine=d=6", "-g", "25", "-pix_fmt", "yuv420p",
                .. name == "film.avi" ? (string[])["-c:v", "mpeg4"] : [],
            ]);
        var media = MediaFile.Probe(path);
        Assert.Empty(MediaDamage.Find(media));
        Spoil(path, place);

        var (heard, alone) = (new List<ReadingNotice>(), new List<ReadingNotice>());
        ClipReader.ReadClip(MediaFile.Probe(path), new ClipFormat(16, 16, 10, 16000), onNotice: heard.Add);
        ClipReader.ReadFrames(MediaFile.Probe(path), new ClipFormat(16, 16, 10, 16000), onNotice: alone.Add);
        ClipReader.ReadAudio(MediaFile.Probe(path), 16000, onNotice: alone.Add);
        var found = MediaDamage.Find(media);

        Assert.Equal(found, heard.Select(notice => notice.Damage));
        Assert.Equal(found, alone.Select(notice => notice.Damage));
        Assert.StartsWith($"'{path}': the {found[0].Part} is damaged ", $"{heard[0]}", StringComparison.Ordinal);
        // Which part was hit depends on how the container mixes them.
        var damage = found[0];
        Assert.InRange(damage.First, 6 * place - 1.5, 6 * place + 1.5);
        Assert.InRange(damage.Last, damage.First, 6 * place + 2);
        Assert.StartsWith($"the {damage.Part} is damaged ", $"{damage}", StringComparison.Ordinal);
        Assert.Equal(found, MediaDamage.Find(media));
    }

    /// <summary>Writes over a fiftieth of a file.</summary>
    private static void Spoil(string path, double place)
    {
        var bytes = File.ReadAllBytes(path);
        var random = new Random(1);
        random.NextBytes(bytes.AsSpan((int)(bytes.Length * place), bytes.Length / 50));
        File.WriteAllBytes(path, bytes);
    }
}
