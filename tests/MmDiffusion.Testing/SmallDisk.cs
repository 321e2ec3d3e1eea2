using System.ComponentModel;
using System.Diagnostics;

namespace MmDiffusion.Testing;

/// <summary>A disk of a few kilobytes in memory. Where mounting is not permitted, the test that asks for one is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Mounts a disk.</summary>
    /// <param name="kilobytes">Its size; a file takes whole pages, of 4 usually.</param>
    internal SmallDisk(int kilobytes)
    {
        if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", Path)) return;
        _folder.Dispose();
        Assert.Skip("mounting a small disk is not permitted here");
    }

    internal string Path => _folder.Path;

    /// <summary>The path of a file on the disk.</summary>
    internal string this[string name] => _folder[name];

    /// <summary>Names of what is on the disk, in order.</summary>
    internal IEnumerable<string> Names =>
        Directory.EnumerateFileSystemEntries(Path).Select(entry => System.IO.Path.GetFileName(entry)).Order(StringComparer.Ordinal);

    /// <summary>From now on nothing can be written, not even by root.</summary>
    internal void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Path));

    public void Dispose()
    {
        Run("umount", Path);
        _folder.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
