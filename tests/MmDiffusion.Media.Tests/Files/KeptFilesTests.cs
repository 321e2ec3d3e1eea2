using MmDiffusion.Media.Files;

namespace MmDiffusion.Media.Tests.Files;

[Trait("group", "unit")]
public sealed class KeptFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public KeptFilesTests()
    {
        Directory.CreateDirectory(_folder["in"]);
        File.WriteAllText(_folder["in/x.wav"], "the user's");
        File.WriteAllText(_folder["in/other.wav"], "other");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_kept_under_whatever_name_it_is_reached()
    {
        File.CreateSymbolicLink(_folder["link.wav"], _folder["in/x.wav"]);
        Directory.CreateSymbolicLink(_folder["folder"], _folder["in"]);
        File.CreateSymbolicLink(_folder["relative.wav"], "link.wav");
        SpecialFiles.HardLink(_folder["again.wav"], _folder["in/x.wav"]);
        var kept = new KeptFiles(_folder["in/x.wav"]);
        foreach (var target in new[] { "in/x.wav", "in/../in/./x.wav", "link.wav", "folder/x.wav", "relative.wav", "again.wav" })
        {
            var sentence = Assert.ThrowsAny<MmDiffusionException>(() => kept.Require(_folder[target])).Message;
            Assert.Contains($"would replace the input '{_folder["in/x.wav"]}'", sentence, StringComparison.Ordinal);
        }
        kept.Require(_folder["in/other.wav"], _folder["folder/other.wav"], _folder["in/x.WAV.new"], _folder["nowhere/x.wav"]);
    }

    [Fact]
    public void An_input_that_was_named_by_a_link_is_kept_too()
    {
        Directory.CreateSymbolicLink(_folder["folder"], _folder["in"]);
        var kept = new KeptFiles(_folder["folder/x.wav"]);
        Assert.ThrowsAny<MmDiffusionException>(() => kept.Require(_folder["in/x.wav"]));
        File.CreateSymbolicLink(_folder["link.wav"], _folder["in/x.wav"]);
        Assert.ThrowsAny<MmDiffusionException>(() => new KeptFiles(_folder["link.wav"]).Require(_folder["in"]));
        Assert.ThrowsAny<MmDiffusionException>(() => kept.Require(Path.GetRelativePath(Environment.CurrentDirectory, _folder["in/x.wav"])));
    }

    [Theory]
    [InlineData("in")]
    [InlineData("folder")]
    [InlineData("")]
    public void A_folder_that_holds_a_kept_file_is_not_replaced(string target)
    {
        Directory.CreateSymbolicLink(_folder["folder"], _folder["in"]);
        Directory.CreateDirectory(_folder["empty"]);
        var kept = new KeptFiles(_folder["in/x.wav"]);
        Assert.Contains(
            "would replace the folder of the input",
            Assert.ThrowsAny<MmDiffusionException>(() => kept.Require(_folder[target])).Message,
            StringComparison.Ordinal);
        kept.Require(_folder["empty"]);
    }

    [Fact]
    public void Nothing_is_kept_where_nothing_is_there()
    {
        File.CreateSymbolicLink(_folder["nowhere"], _folder["gone"]);
        var kept = new KeptFiles(_folder["gone"], null, _folder["nowhere"]);
        kept.Require(_folder["gone"], null, _folder["nowhere"], _folder["in/x.wav"]);
    }
}
