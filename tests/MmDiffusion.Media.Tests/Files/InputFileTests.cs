using MmDiffusion.Media.Files;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media.Tests.Files;

[Trait("group", "unit")]
public sealed class InputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_files_are_opened_and_for_the_rest_it_is_said_what_they_are()
    {
        File.WriteAllText(_folder["file"], "");
        File.CreateSymbolicLink(_folder["link"], _folder["file"]);
        File.CreateSymbolicLink(_folder["broken"], _folder["gone"]);
        SpecialFiles.Pipe(_folder["pipe.mp4"]);
        File.CreateSymbolicLink(_folder["pipe-link.mp4"], _folder["pipe.mp4"]);
        Assert.All(new[] { "file", "link" }, name => InputFile.Require(_folder[name]));
        Refuse(_folder["pipe.mp4"], "is a named pipe");
        Refuse(_folder["pipe-link.mp4"], "is a named pipe");
        Refuse(_folder.Path, "is a folder; name one");
        Refuse("/dev/zero", "is a device or a socket");
        Refuse(_folder["gone"], "there is no file");
        Refuse(_folder["broken"], $"is a link to '{_folder["gone"]}', which is not there");
        using var undecodable = SpecialFiles.Undecodable(_folder.Path, "user", ".mp4");
        Refuse(Assert.Single(Directory.GetFiles(_folder.Path, "user*")), "is not valid UTF-8");
    }

    [Fact]
    public void Readers_of_every_kind_refuse_a_pipe_and_a_folder_at_once()
    {
        var pipe = SpecialFiles.Pipe(_folder["pipe"]);
        foreach (var path in new[] { pipe, _folder.Path })
        {
            foreach (var read in new Action<string>[]
            {
                file => WaveFile.Read(file),
                file => PngImage.Read(file),
                file => MediaFile.Probe(file),
            })
            {
                var sentence = SpecialFiles.WithoutWaiting(() => Assert.ThrowsAny<MmDiffusionException>(() => read(path)).Message);
                Assert.DoesNotContain("denied", sentence, StringComparison.Ordinal);
                Assert.Contains(path == pipe ? "is a named pipe" : "is a folder", sentence, StringComparison.Ordinal);
            }
        }
    }

    private static void Refuse(string path, string said)
    {
        var sentence = Assert.ThrowsAny<MmDiffusionException>(() => InputFile.Require(path)).Message;
        Assert.Contains(said, sentence, StringComparison.Ordinal);
        Assert.Contains($"'{path}'", sentence, StringComparison.Ordinal);
    }
}
