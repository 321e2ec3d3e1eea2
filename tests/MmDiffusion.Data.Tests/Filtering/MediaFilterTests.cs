using MmDiffusion.Data.Filtering;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Media;

namespace MmDiffusion.Data.Tests.Filtering;

[Trait("group", "media")]
public sealed class MediaFilterTests
{
    [Fact]
    public void The_highest_frame_rates_are_kept_then_the_largest_frames_and_the_list_says_why_not_the_others()
    {
        using var folder = Collection();
        var result = MediaFilter.Select(MediaIndex.Build(folder.Path), new FilterOptions { Keep = 2 });
        Assert.Equal(["fast-large.mp4", "fast-small.mp4"], result.Kept.Select(video => video.Path));
        Assert.Equal(
            [
                ("fast-tiny.mp4", "rank 3 of 4 with 30 frames per second of 16x16; the last one kept has 30 frames per second of 32x32"),
                ("mute.mp4", "it has no sound"),
                ("short.mp4", "its picture is 1 s long, expected at least 1.6 s"),
                ("slow-large.mp4", "rank 4 of 4 with 15 frames per second of 64x64; the last one kept has 30 frames per second of 32x32"),
            ],
            result.LeftOut.Select(video => (video.Path, video.Reason)));
        result.Write(folder["out"]);
        Assert.Equal(["fast-large.mp4", "fast-small.mp4"], FileList.Read(folder["out/kept.txt"]));
        Assert.Equal(
            [
                "path,reason",
                "\"fast-tiny.mp4\",\"rank 3 of 4 with 30 frames per second of 16x16; the last one kept has 30 frames per second of 32x32\"",
            ],
            File.ReadLines(folder["out/left-out.csv"]).Take(2));
    }

    [Fact]
    public void With_AudioSets_table_only_its_videos_are_kept()
    {
        using var folder = Collection();
        File.Move(folder["slow-large.mp4"], folder["--4gqARaEJE_0.000_10.000.mp4"]);
        File.WriteAllText(folder["segments.csv"], """
            # Segments csv created Sun Mar  5 10:54:31 2017
            # YTID, start_seconds, end_seconds, positive_labels
            --4gqARaEJE, 0.000, 10.000, "/m/068hy,/m/07q6cd_,/m/0bt9lr,/m/0jbk"
            --BfvyPmVMo, 20.000, 30.000, "/m/03l9g"
            """);
        var options = new FilterOptions { Segments = AudioSetSegments.Read(folder["segments.csv"]) };
        var result = MediaFilter.Select(MediaIndex.Build(folder.Path), options);
        Assert.Equal(["/m/068hy", "/m/07q6cd_", "/m/0bt9lr", "/m/0jbk"], Assert.Single(result.Kept).Labels!);
        Assert.Equal(1, result.SegmentsWithoutFile);
        Assert.All(result.LeftOut, video => Assert.Contains("no id of the table", video.Reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "no segments")]
    [InlineData("--4gqARaEJE, 0.000", "line 1")]
    [InlineData("# comment\nnot an id, 0, 10, \"/m/1\"", "line 2")]
    [InlineData("--4gqARaEJE, 0.0000.000, 10.000, \"/m/068hy\"", "line 1")]
    [InlineData("--4gqARaEJE, 0.000, 10..0, \"/m/068hy\"", "line 1")]
    [InlineData("--4gqARaEJE, ., 10.000, \"/m/068hy\"", "line 1")]
    [InlineData("--BfvyPmVMo, 20.000, 30.000, \"/m/03l9g\"\n--4gqARaEJE, 0.000, ...., \"/m/068hy\"", "line 2")]
    public void A_table_that_is_not_AudioSets_is_refused(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["s.csv"], text);
        Assert.Contains(
            expected,
            Assert.ThrowsAny<MmDiffusionException>(() => AudioSetSegments.Read(folder["s.csv"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "cannot read",
            Assert.ThrowsAny<MmDiffusionException>(() => AudioSetSegments.Read(folder["x.csv"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_has_a_path_on_each_line_and_comments()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["list"], "# chosen by hand\na/b c.mp4\n\nd.mp4\r\n");
        Assert.Equal(["a/b c.mp4", "d.mp4"], FileList.Read(folder["list"]));
        File.WriteAllText(folder["list"], "# none\n");
        Assert.Contains(
            "names no file",
            Assert.ThrowsAny<MmDiffusionException>(() => FileList.Read(folder["list"])).Message,
            StringComparison.Ordinal);
    }

    private static TemporaryFolder Collection()
    {
        var folder = new TemporaryFolder();
        foreach (var (name, rate, size, seconds) in new[]
        {
            ("fast-large", 30, 64, 2), ("fast-small", 30, 32, 2), ("fast-tiny", 30, 16, 2), ("slow-large", 15, 64, 2),
            ("short", 30, 64, 1),
        })
            TestVideos.Make(
                folder[$"{name}.mp4"], "-f", "lavfi", "-i", $"testsrc=s={size}x{size}:r={rate}:d={seconds}", "-f", "lavfi", "-i",
                $"sine=d={seconds}");
        TestVideos.Make(folder["mute.mp4"], "-f", "lavfi", "-i", "testsrc=s=64x64:r=30:d=2");
        return folder;
    }
}
