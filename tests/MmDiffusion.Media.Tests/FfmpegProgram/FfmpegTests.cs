using MmDiffusion.Media.FfmpegProgram;

namespace MmDiffusion.Media.Tests.FfmpegProgram;

/// <summary>Changes the environment of the process, so nothing else may run meanwhile.</summary>
[Trait("group", "media")]
[Collection("alone")]
public sealed class FfmpegTests
{
    [Fact]
    public void The_installed_version_is_known()
    {
        Assert.True(Ffmpeg.IsAvailable);
        Assert.Matches("^[nN]?[0-9]", Ffmpeg.Version());
    }

    [Fact]
    public void Absence_is_one_sentence_that_says_how_to_install()
    {
        var path = Environment.GetEnvironmentVariable("PATH");
        using var folder = new TemporaryFolder();
        try
        {
            Environment.SetEnvironmentVariable("PATH", folder.Path);
            Assert.False(Ffmpeg.IsAvailable);
            Assert.Contains(
                "apt-get install ffmpeg",
                Assert.ThrowsAny<MmDiffusionException>(Ffmpeg.Version).Message,
                StringComparison.Ordinal);

            Environment.SetEnvironmentVariable(Ffmpeg.FolderVariable, folder.Path);
            Assert.Contains(folder.Path, Assert.ThrowsAny<MmDiffusionException>(Ffmpeg.Version).Message, StringComparison.Ordinal);

            File.WriteAllText(folder["ffmpeg"], "no program");
            Assert.Contains("does not start", Assert.ThrowsAny<MmDiffusionException>(Ffmpeg.Version).Message, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
            Environment.SetEnvironmentVariable(Ffmpeg.FolderVariable, null);
        }
    }
}
