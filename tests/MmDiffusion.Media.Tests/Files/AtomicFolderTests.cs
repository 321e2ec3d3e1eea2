using MmDiffusion.Media.Files;

namespace MmDiffusion.Media.Tests.Files;

[Trait("group", "unit")]
public sealed class AtomicFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_folder_is_replaced_whole()
    {
        foreach (var content in new[] { "old", "new" }) Write(content);
        Assert.Equal("new", File.ReadAllText(_folder["clip/part"]));
        Assert.Equal(["clip"], Names());
    }

    [Fact]
    public void The_only_copy_that_a_killed_process_moved_aside_comes_back()
    {
        Leave(".clip.1-a.old", "only copy");
        Leave(".clip.1-a.part", "half");
        Leave(".other.1-a.old", "of another");
        AtomicFolder.Recover(_folder.Path, name => name == "clip");
        Assert.Equal("only copy", File.ReadAllText(_folder["clip/part"]));
        Assert.Equal([".other.1-a.old", "clip"], Names());
    }

    [Fact]
    public void What_was_replaced_and_what_is_half_goes()
    {
        Write("new");
        Leave(".clip.1-a.old", "old");
        Leave(".clip.2-b.part", "half");
        Leave(".clip.notours", "not ours");
        AtomicFolder.Recover(_folder.Path, name => name == "clip");
        Assert.Equal("new", File.ReadAllText(_folder["clip/part"]));
        Assert.Equal([".clip.notours", "clip"], Names());
    }

    [Fact]
    public void A_write_that_fails_gives_back_what_a_killed_one_had_moved_aside()
    {
        Leave(".clip.1-a.old", "only copy");
        Assert.ThrowsAny<MmDiffusionException>(() =>
            AtomicFolder.Write(_folder["clip"], name => name == "part", _ => throw new IOException("disk")));
        Assert.Equal("only copy", File.ReadAllText(_folder["clip/part"]));
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string content) =>
        AtomicFolder.Write(_folder["clip"], name => name == "part", folder => File.WriteAllText(Path.Combine(folder, "part"), content));

    private void Leave(string name, string content)
    {
        Directory.CreateDirectory(_folder[name]);
        File.WriteAllText(Path.Combine(_folder[name], "part"), content);
    }

    private IEnumerable<string?> Names() => Directory.GetDirectories(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
