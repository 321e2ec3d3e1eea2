using System.Diagnostics;
using MmDiffusion.Cli.Tests.Generating;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Tests.BadInput;

/// <summary>A disk that fills up in the middle of writing: a small file system in memory, which only root can mount.</summary>
[Trait("group", "media")]
public sealed class FullDiskTests : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TinyModels _models = new();
    private readonly TemporaryFolder _parent = new();
    private bool _mounted;

    [Fact]
    public void A_clip_that_does_not_fit_is_said_and_leaves_nothing()
    {
        var disk = Mount(kilobytes: 12);
        Assert.Equal(ExitCode.Failure, _terminal.Run("sample", "--model", _models.Joint, "--steps", "1", "--upscaler", "none", "--format", "frames", "--output", Path.Combine(disk, "out")));
        Assert.Contains("no space left on its disk", _terminal.Error, StringComparison.Ordinal);
        Assert.Empty(_terminal.Output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk));
    }

    [Fact]
    public void A_checkpoint_that_does_not_fit_leaves_the_model_that_was_there()
    {
        var checkpoint = Path.Combine(_parent.Path, "weights.safetensors");
        var configuration = Path.Combine(_parent.Path, "config.json");
        File.WriteAllText(configuration, ModelJson.Write(TinyModels.JointDescription));
        using (var network = new MmDiffusion.Model.CoupledUNet(TinyModels.JointDescription.Coupled!))
        using (var random = new MmDiffusion.Primitives.SeededRandom(0))
        {
            network.Initialize(random);
            MmDiffusion.Checkpoints.StateDict.Save(network, checkpoint);
        }
        var disk = Mount(kilobytes: (int)(new FileInfo(checkpoint).Length / 1024) * 3 / 2);
        string[] import = ["checkpoint", "import", checkpoint, "--config", configuration, "--output", disk];
        Assert.Equal(ExitCode.Success, _terminal.Run(import));
        var before = File.ReadAllBytes(Path.Combine(disk, ModelDirectory.WeightsFile));
        Assert.Equal(ExitCode.Failure, _terminal.Run(import));
        Assert.Contains("no space left on its disk", _terminal.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(disk, ModelDirectory.WeightsFile)));
        Assert.Equal([ModelDirectory.ConfigurationFile, ModelDirectory.WeightsFile], Directory.EnumerateFileSystemEntries(disk).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    public void Dispose()
    {
        if (_mounted) Run("umount", Path.Combine(_parent.Path, "disk"));
        _terminal.Dispose();
        _models.Dispose();
        _parent.Dispose();
    }

    private string Mount(int kilobytes)
    {
        var disk = Directory.CreateDirectory(Path.Combine(_parent.Path, "disk")).FullName;
        _mounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", disk) == 0;
        Assert.SkipUnless(_mounted, "only root can mount a small disk");
        return disk;
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
