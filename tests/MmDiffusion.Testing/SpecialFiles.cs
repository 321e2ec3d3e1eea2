using System.Diagnostics;

namespace MmDiffusion.Testing;

/// <summary>What is in folders besides files.</summary>
internal static class SpecialFiles
{
    internal static string Pipe(string path) => Run("mkfifo", path);

    /// <summary>A second name of a file.</summary>
    internal static string HardLink(string path, string to)
    {
        Run("ln", to, path);
        return path;
    }

    /// <summary>A file whose name is no UTF-8: NAME, the byte ff, and an extension. Only disposal can delete it.</summary>
    internal static IDisposable Undecodable(string folder, string name, string extension)
    {
        Run("bash", "-c", $"cp /dev/null \"$0\"/\"$1\"$'\\xff'\"$2\"", folder, name, extension);
        return new Deletion(folder);
    }

    /// <summary>Fails where work waits, as for whoever writes into a pipe.</summary>
    internal static T WithoutWaiting<T>(Func<T> work)
    {
        var task = Task.Run(work);
        Assert.True(Task.WaitAny(task, Task.Delay(TimeSpan.FromSeconds(20))) == 0, "it waits");
        return task.GetAwaiter().GetResult();
    }

    private sealed class Deletion(string folder) : IDisposable
    {
        public void Dispose() => Run("bash", "-c", "rm -f \"$0\"/*$'\\xff'*", folder);
    }

    private static string Run(string program, params string[] arguments)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("such files are those of Unix");
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return arguments[^1];
    }
}
