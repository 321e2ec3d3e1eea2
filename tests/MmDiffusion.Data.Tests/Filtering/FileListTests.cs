using MmDiffusion.Data.Filtering;
using MmDiffusion.Media;

namespace MmDiffusion.Data.Tests.Filtering;

[Trait("group", "unit")]
public sealed class FileListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_name_that_is_written_is_read_again()
    {
        string[] characters =
        [
            "#", "\"", " ", "\n", "\r", "\t", "\\", "/", "a", "ä", "'", "\u00a0", "\u0085", "\u2028", "\v", "{", "👍", "\0", "\u001b",
        ];
        var random = new Random(1);
        List<string> names =
        [
            "#shorts.mp4", " lead.mp4", "trail.mp4 ", "two\nlines.mp4", "\"quoted\"", "a\\n.mp4", "\r\n", "\ufeffmark.mp4",
            .. characters.Where(character => character != "/"),
        ];
        for (var i = 0; i < 2000; i++)
            names.Add(string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => characters[random.Next(characters.Length)])));
        FileList.Write(_folder["list"], names);
        Assert.Equal(names, FileList.Read(_folder["list"]));
        foreach (var name in names.Take(30))
        {
            FileList.Write(_folder["list"], [name]);
            Assert.Equal([name], FileList.Read(_folder["list"]));
        }
    }

    [Fact]
    public void Lists_made_by_hand_have_comments_spaces_and_line_ends_of_any_system()
    {
        File.WriteAllText(_folder["list"], "# chosen by me\r\n  a.mp4  \r\n\r\nx/b c.mp4\n\"half.mp4\n\"he said\" .mp4\n");
        Assert.Equal(["a.mp4", "x/b c.mp4", "\"half.mp4", "\"he said\" .mp4"], FileList.Read(_folder["list"]));
    }

    [Fact]
    public void Lists_of_earlier_versions_name_files_that_look_like_comments_as_they_are()
    {
        foreach (var name in new[] { "#shorts.mp4", " lead.mp4", "plain.mp4" }) File.WriteAllText(_folder[name], "");
        File.WriteAllText(_folder["list"], "#shorts.mp4\n lead.mp4\n# a comment\nplain.mp4\n");
        Assert.Equal(["#shorts.mp4", " lead.mp4", "plain.mp4"], FileList.Read(_folder["list"], _folder.Path));
        Assert.Equal(["lead.mp4", "plain.mp4"], FileList.Read(_folder["list"]));
    }

    [Fact]
    public void A_list_that_is_a_pipe_or_a_folder_is_refused_at_once()
    {
        var pipe = SpecialFiles.Pipe(_folder["pipe"]);
        Assert.Contains(
            "is a named pipe",
            SpecialFiles.WithoutWaiting(() => Assert.ThrowsAny<MmDiffusionException>(() => FileList.Read(pipe)).Message),
            StringComparison.Ordinal);
        Assert.Contains(
            "is a folder",
            Assert.ThrowsAny<MmDiffusionException>(() => FileList.Read(_folder.Path)).Message,
            StringComparison.Ordinal);
    }
}
