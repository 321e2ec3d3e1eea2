using MmDiffusion.Media.Files;

namespace MmDiffusion.Media.Tests.Files;

[Trait("group", "unit")]
public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_new_file_and_its_folders_appear_with_the_whole_content()
    {
        AtomicFile.WriteText(_folder["a/b/c.json"], "whole");
        Assert.Equal("whole", File.ReadAllText(_folder["a/b/c.json"]));
        Assert.Equal(["c.json"], Names("a/b"));
    }

    [Fact]
    public void The_writer_gets_a_path_in_the_same_folder_with_the_same_extension() => AtomicFile.Write(_folder["clip.mp4"], temporary =>
    {
        Assert.Equal(_folder.Path, Path.GetDirectoryName(temporary));
        Assert.Equal(".mp4", Path.GetExtension(temporary));
        Assert.NotEqual(_folder["clip.mp4"], temporary);
        File.WriteAllText(temporary, "");
    });

    [Fact]
    public void The_old_content_survives_a_writer_that_fails_halfway()
    {
        File.WriteAllText(_folder["file"], "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(_folder["file"], temporary =>
        {
            File.WriteAllText(temporary, "ha");
            throw new InvalidOperationException("lf");
        }));
        Assert.Equal("old", File.ReadAllText(_folder["file"]));
        Assert.Equal(["file"], Names());
    }

    [Fact]
    public void A_reader_sees_the_old_file_or_the_new_one()
    {
        File.WriteAllText(_folder["file"], new string('0', 100_000));
        var writer = Task.Run(() =>
        {
            for (var i = 1; i <= 9; i++) AtomicFile.WriteText(_folder["file"], new string((char)('0' + i), 100_000));
        }, TestContext.Current.CancellationToken);
        do
        {
            var content = File.ReadAllText(_folder["file"]);
            Assert.Equal(100_000, content.Length);
            Assert.Single(content.Distinct());
        }
        while (!writer.IsCompleted);
        Assert.StartsWith("9", File.ReadAllText(_folder["file"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_one_sentence()
    {
        Directory.CreateDirectory(_folder["taken"]);
        Assert.Contains(
            $"cannot write '{_folder["taken"]}'",
            Refused(() => AtomicFile.WriteText(_folder["taken"], "x")),
            StringComparison.Ordinal);
        Assert.Equal(["taken"], Names());
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_one_sentence()
    {
        File.WriteAllText(_folder["taken"], "");
        Assert.Contains("cannot write", Refused(() => AtomicFile.WriteText(_folder["taken/file"], "x")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unwritable_folder_is_one_sentence()
    {
        // Root may write anywhere but here.
        if (!Directory.Exists("/proc/self")) Assert.Skip("there is no /proc");
        Assert.Contains(
            "cannot write '/proc/self/clip.mp4'",
            Refused(() => AtomicFile.WriteText("/proc/self/clip.mp4", "x")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file_and_no_half()
    {
        using var disk = new SmallDisk(256);
        AtomicFile.WriteText(disk["file"], "old");
        var sentence = Refused(() => AtomicFile.Write(disk["file"], temporary => File.WriteAllBytes(temporary, new byte[1 << 20])));
        Assert.Contains("no space left on its disk", sentence, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(disk["file"]));
        Assert.Equal(["file"], disk.Names);
    }

    [Fact]
    public void Whether_a_folder_can_be_written_is_known_without_leaving_a_trace()
    {
        AtomicFolder.RequireWritable(_folder["a/b"]);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["a/b"]));
        File.WriteAllText(_folder["file"], "");
        Assert.StartsWith(
            $"cannot write '{_folder["file/b"]}': ",
            Refused(() => AtomicFolder.RequireWritable(_folder["file/b"])),
            StringComparison.Ordinal);
        using var disk = new SmallDisk(16);
        disk.MakeReadOnly();
        Refused(() => AtomicFolder.RequireWritable(disk.Path));
    }

    [Theory]
    [InlineData("x", 251)]
    [InlineData("ä", 125)]
    [InlineData("👍", 62)]
    public void The_longest_names_that_the_system_allows_can_be_written(string character, int count)
    {
        var name = string.Concat(Enumerable.Repeat(character, count)) + ".mp4";
        AtomicFile.WriteText(_folder[name], "whole");
        Assert.Equal([name], Names());
        AtomicFolder.Write(_folder["f" + name[1..]], _ => true, folder => File.WriteAllText(Path.Combine(folder, "part"), ""));
    }

    [Fact]
    public void What_a_killed_process_left_half_written_is_deleted_and_nothing_else()
    {
        List<string> kept =
        [
            $".clip-2.{Environment.ProcessId}-{new string('b', 32)}.part.mp4",
            $".clip-3.1-0123abcd-{new string('c', 24)}.part.mp4",
            ".notes.part",
            "clip.part.mp4",
        ];
        foreach (var name in kept) File.WriteAllText(_folder[name], "");
        kept.Add("clip-5");
        using (var ended = System.Diagnostics.Process.Start("true"))
        {
            ended.WaitForExit();
            var random = new string('a', 32);
            File.WriteAllText(_folder[$".clip-0.{ended.Id}-{random}.part.mp4"], "of an earlier version");
            Directory.CreateDirectory(_folder[$".clip-1.{ended.Id}-{random}.part"]);
            File.WriteAllText(_folder[$".clip-1.{ended.Id}-{random}.part/frame-0001.png"], "");
            File.WriteAllText(_folder[$".old.1-0123abcd-{random[..24]}.part.json"], "of another machine, long ago");
            File.SetLastWriteTimeUtc(_folder[$".old.1-0123abcd-{random[..24]}.part.json"], DateTime.UtcNow.AddDays(-1));
            Directory.CreateDirectory(_folder[$".clip-5.{ended.Id}-{random}.old/replaced"]);
            Directory.CreateDirectory(_folder[$".clip-6.{ended.Id}-{random}.old/only copy"]);
            kept.Add($".clip-6.{ended.Id}-{random}.old");
        }
        Directory.CreateDirectory(_folder["clip-5"]);
        AtomicFolder.RequireWritable(_folder.Path);
        Assert.Equal(kept.Order(StringComparer.Ordinal), Names().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_just_being_written_is_left_alone() => AtomicFile.Write(_folder["clip.mp4"], temporary =>
    {
        File.WriteAllText(temporary, "half");
        AtomicFolder.RequireWritable(_folder.Path);
        Assert.True(File.Exists(temporary));
    });

    public void Dispose() => _folder.Dispose();

    private static string Refused(Action action)
    {
        var message = Assert.ThrowsAny<MmDiffusionException>(action).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private IEnumerable<string?> Names(string folder = "") =>
        Directory.EnumerateFileSystemEntries(_folder[folder]).Select(Path.GetFileName);
}
