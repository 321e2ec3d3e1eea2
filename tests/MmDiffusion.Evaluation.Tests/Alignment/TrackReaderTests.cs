using MmDiffusion.Data.Scenes;
using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Tests.Alignment;

[Trait("group", "media")]
public sealed class TrackReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Scenes_from_files_are_aligned_and_hit_their_own_events()
    {
        var paths = Enumerable.Range(0, 12)
            .Select(seed =>
                SceneFiles.Write(
                    SyntheticScenes.Create((ulong)seed, new ClipShape { Height = 32, Width = 32 }, SceneKind.Bounce),
                    _folder.Path,
                    $"bounce-{seed}",
                    ClipFileFormat.Mp4))
            .ToList();
        var done = 0;
        var tracks = TrackReader.Read(paths, count => done = count);
        Assert.Equal(12, done);
        Assert.InRange(AlignmentScore.Of(tracks).Score, 0.9, 1);
        var truth = TrueEvents.Find([.. paths.Select(path => path.Replace(".mp4", "-0.mp4", StringComparison.Ordinal))], _folder.Path)
            .Select(path => TrueEvents.Read(path, 10))
            .ToList();
        var report = EventReport.Of("sound", EventDetector.Heard, tracks, tracks, truth);
        Assert.InRange(report.Made.F1, 0.95, 1);
        Assert.InRange(report.Unrelated.F1, 0, 0.7);
        Assert.Equal(report.Made, report.Scenes);
    }

    [Fact]
    public void Damage_and_a_sound_on_the_right_alone_are_told_in_the_order_of_files()
    {
        var paths = new List<string>();
        foreach (var (name, sound) in new[] { ("a.mp4", "sin(3000*t)"), ("b.mp4", "0|0.5*sin(3000*t)"), ("c.mp4", "sin(3000*t)") })
        {
            paths.Add(TestVideos.Make(
                _folder[name], "-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=3", "-f", "lavfi", "-i", $"aevalsrc='{sound}':s=16000:d=3",
                "-pix_fmt", "yuv420p", "-g", "5"));
        }
        var bytes = File.ReadAllBytes(paths[2]);
        new Random(1).NextBytes(bytes.AsSpan(bytes.Length / 3, bytes.Length / 20));
        File.WriteAllBytes(paths[2], bytes);

        var notices = new List<ReadingNotice>();
        TrackReader.Read(paths, StreamChoice.Default, onNotice: notices.Add);

        Assert.Equal([paths[1], paths[2]], notices.Select(notice => notice.Path).Distinct());
        Assert.Contains("the mean of those that are not is heard", notices[0].Clause, StringComparison.Ordinal);
        Assert.All(notices.Skip(1), notice => Assert.NotNull(notice.Damage));
    }

    [Fact]
    public void A_file_without_sound_or_without_truth_is_named()
    {
        var path = SceneFiles.Write(
            SyntheticScenes.Create(1, new ClipShape { Height = 32, Width = 32, Frames = 2, AudioLength = 3200 }),
            _folder.Path,
            "short",
            ClipFileFormat.Mp4);
        Assert.Contains(
            "short.mp4' cannot be followed: the clip has 2 frames",
            Assert.ThrowsAny<MmDiffusionException>(() => TrackReader.Read([path])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "'other.mp4' belongs to no scene",
            Assert.ThrowsAny<MmDiffusionException>(() => TrueEvents.Find(["other.mp4"], _folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "there is no folder 'nowhere'",
            Assert.ThrowsAny<MmDiffusionException>(() => TrueEvents.Find(["other.mp4"], "nowhere")).Message,
            StringComparison.Ordinal);
        File.WriteAllText(_folder["a.json"], "{}");
        Assert.Contains(
            "does not hold the truth",
            Assert.ThrowsAny<MmDiffusionException>(() => TrueEvents.Read(_folder["a.json"], 10)).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
