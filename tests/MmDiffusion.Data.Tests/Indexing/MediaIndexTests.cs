using System.Text.Json.Nodes;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Media;

namespace MmDiffusion.Data.Tests.Indexing;

[Trait("group", "media")]
public sealed class MediaIndexTests
{
    private const string Facts = ".mmdiff-index.jsonl";

    [Fact]
    public void Each_file_is_looked_into_once_until_it_changes()
    {
        using var folder = Folder();
        Assert.Equal(3, Build(folder).Looked);
        var (index, looked) = Build(folder);
        Assert.Equal(0, looked);
        Assert.Equal(["a.mkv", "broken.mp4", "x/b.mkv"], index.Files.Select(file => file.Path));
        TestVideos.Numbered(folder["x/b.mkv"], 7);
        TestVideos.Numbered(folder["c.mkv"], 7);
        File.Delete(folder["a.mkv"]);
        Assert.Equal(2, Build(folder).Looked);
        Assert.Equal(3, File.ReadAllLines(folder[Facts]).Length);
    }

    /// <summary>Indexes lie beside the users' data: under another name a fact of an earlier version would be lost without a word.</summary>
    [Fact]
    public void Facts_have_the_names_that_indexes_have_had_since_their_second_version()
    {
        using var folder = Folder();
        Build(folder);
        var line = JsonNode.Parse(File.ReadAllLines(folder[Facts]).Single(text => text.Contains("\"a.mkv\"", StringComparison.Ordinal)))!;
        Assert.Equal(3, line["version"]!.GetValue<int>());
        string[] always =
        [
            "path", "container", "duration", "has_video", "has_sound", "width", "height", "frame_rate", "is_variable_rate", "grid_rate",
            "sample_rate", "channels", "video_start", "sound_start", "video_end", "sound_end", "clock_jumps", "start", "promised_video_end",
            "promised_sound_end", "sound_packets", "video_streams", "sound_streams", "video_position", "sound_position", "video_stream",
            "sound_stream", "is_high_dynamic_range", "is_interlaced", "lower_field_first", "is_bt709", "video_codec", "video_time_base",
            "sound_codec", "lossless_sound", "found_video_end", "longest_standstill",
        ];
        Assert.Equal(always.Order(), line["facts"]!["media"]!.AsObject().Select(fact => fact.Key).Order());
    }

    [Fact]
    public void What_was_found_tells_about_the_file_and_decodes()
    {
        using var folder = Folder();
        Build(folder);
        var file = Build(folder).Index.Files[0];
        Assert.Equal(
            (8, 8, 10.0, 16_000, 0.6),
            (file.Media!.Width, file.Media.Height, file.Media.FrameRate, file.Media.SampleRate, file.Media.VideoEnd));
        Assert.Equal(new FileInfo(folder["a.mkv"]).Length, file.Bytes);
        Assert.Equal(64, file.Digest!.Length);
        using var frames = Media.Reading.ClipReader.OpenFrames(file.Media, new Media.ClipFormat(8, 8, 10, 16_000));
        Assert.Equal(6, frames.ReadAll().Count());
        using var sound = Media.Reading.ClipReader.OpenAudio(file.Media, 16_000);
        Assert.Equal(100, sound.Read(new float[100]));
    }

    [Fact]
    public void What_cannot_be_opened_is_listed_with_a_true_sentence_and_a_pipe_does_not_stop_the_work()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["a.mkv"], 6);
        SpecialFiles.Pipe(folder["live.mp4"]);
        using var undecodable = SpecialFiles.Undecodable(folder.Path, "user", ".mp4");
        File.CreateSymbolicLink(folder["link.mp4"], folder["gone.mp4"]);
        var index = SpecialFiles.WithoutWaiting(() => MediaIndex.Build(folder.Path));
        Assert.Equal(["a.mkv", "link.mp4", "user\ufffd.mp4"], index.Files.Select(file => file.Path));
        Assert.Equal(["live.mp4 (a named pipe)"], index.PassedOver.Files);
        Assert.Null(index.Files[0].Failure);
        Assert.Contains("'link.mp4': it is a link to", index.Files[1].Failure, StringComparison.Ordinal);
        Assert.Contains("is not valid UTF-8", index.Files[2].Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_known_is_never_added_to_a_file_that_is_the_users()
    {
        using var folder = Folder();
        var before = File.ReadAllBytes(folder["a.mkv"]);
        File.CreateSymbolicLink(folder[Facts], folder["a.mkv"]);
        Assert.Equal(3, Build(folder).Index.Files.Count);
        Assert.Equal(before, File.ReadAllBytes(folder["a.mkv"]));
        File.Delete(folder[Facts]);
        SpecialFiles.Pipe(folder[Facts]);
        Assert.Equal(3, SpecialFiles.WithoutWaiting(() => Build(folder)).Index.Files.Count);
    }

    [Fact]
    public void A_broken_file_is_listed_with_its_sentence()
    {
        using var folder = Folder();
        for (var i = 0; i < 2; i++)
        {
            var file = Build(folder).Index.Files[1];
            Assert.Null(file.Media);
            Assert.Contains("no mp4 file at all", file.Failure, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_run_that_was_killed_while_it_wrote_continues_with_what_is_whole()
    {
        using var folder = Folder();
        Build(folder);
        var lines = File.ReadAllLines(folder[Facts]);
        File.WriteAllText(folder[Facts], $"{lines[0]}\n{lines[1]}\n{lines[2][..50]}");
        Assert.Equal(1, Build(folder).Looked);
        Assert.Equal(0, Build(folder).Looked);
        Assert.Equal(lines.Order(StringComparer.Ordinal), File.ReadAllLines(folder[Facts]));
    }

    [Fact]
    public void A_run_that_was_stopped_keeps_what_it_found()
    {
        using var folder = Folder();
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => MediaIndex.Build(folder.Path, _ => stop.Cancel(), stop.Token));
        Assert.InRange(Build(folder).Looked, 0, 2);
    }

    [Fact]
    public void Where_the_folder_cannot_be_written_the_index_is_made_all_the_same()
    {
        using var folder = Folder();
        Directory.CreateDirectory(folder[Facts]); // In the way, for any user.
        Assert.Equal(3, Build(folder).Index.Files.Count);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder[Facts]));
    }

    [Fact]
    public void A_link_to_a_folder_above_is_followed_once()
    {
        using var folder = Folder();
        if (OperatingSystem.IsWindows()) Assert.Skip("links take permissions there");
        Directory.CreateSymbolicLink(folder["x/up"], folder.Path);
        Assert.Equal(3, Build(folder).Index.Files.Count);
    }

    [Fact]
    public void A_picture_whose_file_does_not_tell_its_end_is_measured()
    {
        using var folder = new TemporaryFolder();
        TestVideos.Make(
            folder["a.flv"], "-f", "lavfi", "-i", "testsrc=s=32x32:r=10:d=1.5", "-f", "lavfi", "-i", "sine=d=4", "-c:v", "flv1",
            "-flvflags", "no_duration_filesize");
        Assert.Equal(1.5, Build(folder).Index.Files[0].Media!.VideoEnd, 0.11);
    }

    [Fact]
    public void A_folder_that_is_missing_or_without_media_is_said()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "does not exist",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaIndex.Build(folder["x"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "has media files",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaIndex.Build(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    private static TemporaryFolder Folder()
    {
        var folder = new TemporaryFolder();
        TestVideos.Numbered(folder["a.mkv"], 6);
        TestVideos.Numbered(folder["x/b.mkv"], 6);
        File.WriteAllText(folder["broken.mp4"], "no video");
        return folder;
    }

    private static (MediaIndex Index, int Looked) Build(TemporaryFolder folder)
    {
        var looked = 0;
        return (MediaIndex.Build(folder.Path, progress => looked = progress.Done), looked);
    }
}
