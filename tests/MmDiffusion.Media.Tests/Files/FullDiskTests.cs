using MmDiffusion.Media.Files;

namespace MmDiffusion.Media.Tests.Files;

/// <summary>Disks that are full, and a folder for temporary files that is not as it should be, each in a true sentence.</summary>
[Trait("group", "unit")]
[Collection("alone")]
public sealed class FullDiskTests : IDisposable
{
    private readonly string? _before = Environment.GetEnvironmentVariable("TMPDIR");
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(100_000)]
    public void A_text_that_does_not_fit_is_told_as_a_full_disk(int characters)
    {
        using var disk = new SmallDisk(12);
        File.WriteAllText(disk["report.json"], "old");
        File.WriteAllBytes(disk["ballast"], new byte[8192]);
        var message =
            Assert.ThrowsAny<MmDiffusionException>(() => AtomicFile.WriteText(disk["report.json"], new string('x', characters))).Message;
        Assert.Equal(
            $"cannot write '{disk["report.json"]}': no space left on its disk; free some space or choose another "
            + "output folder (nothing half-written was kept)",
            message);
        Assert.Equal("old", File.ReadAllText(disk["report.json"]));
    }

    [Fact]
    public void A_missing_folder_for_temporary_files_is_named()
    {
        Environment.SetEnvironmentVariable("TMPDIR", _folder["nowhere"]);
        var expected = $"cannot write to the folder for temporary files '{_folder["nowhere"]}': it does not exist; "
            + "make it, or set TMPDIR to another folder";
        Assert.Equal(expected, Assert.ThrowsAny<MmDiffusionException>(TemporaryFiles.Require).Message);
        Assert.Equal(expected, Assert.ThrowsAny<MmDiffusionException>(() => TemporaryFiles.NewFolder()).Message);
        TemporaryFiles.Delete(TemporaryFiles.NewPath("x"));
        Assert.False(Directory.Exists(_folder["nowhere"]));
    }

    [Fact]
    public void A_full_folder_for_temporary_files_is_not_taken_for_the_output_folder()
    {
        using var disk = new SmallDisk(16);
        File.WriteAllBytes(disk["ballast"], new byte[12288]);
        Environment.SetEnvironmentVariable("TMPDIR", disk.Path);
        var expected = $"cannot write to the folder for temporary files '{disk.Path}': no space left on its disk; free "
            + "some space, or set TMPDIR to another folder";
        Assert.Equal(expected, Assert.ThrowsAny<MmDiffusionException>(TemporaryFiles.Require).Message);
        Assert.Equal(
            expected,
            Assert
                .ThrowsAny<MmDiffusionException>(() => AtomicFile.WriteText(TemporaryFiles.NewPath("txt"), new string('x', 9000)))
                .Message);
        Assert.Contains(
            "choose another output folder",
            Assert.ThrowsAny<MmDiffusionException>(() => AtomicFile.WriteText(disk["own.txt"], new string('x', 9000))).Message,
            StringComparison.Ordinal);
        Assert.Equal(["ballast"], disk.Names);
    }

    [Fact]
    public void A_good_folder_for_temporary_files_is_left_as_it_was()
    {
        Environment.SetEnvironmentVariable("TMPDIR", _folder.Path);
        TemporaryFiles.Require();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("TMPDIR", _before);
        _folder.Dispose();
    }
}
