using System.Diagnostics;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>The program as it was built, started as a process of its own.</summary>
internal static class BuiltProgram
{
    private const long LargeFile = 1_000_000;

    /// <summary>The folder it was built to, in the configuration of the running tests.</summary>
    internal static string Folder { get; } = Path.Combine(Checkout.Root, "src", "MmDiffusion.Cli", "bin", Configuration, "net10.0");

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>A start of the program in a folder, with both outputs caught.</summary>
    internal static ProcessStartInfo StartInfo(string folder, params string[] arguments) =>
        new("dotnet", [Path.Combine(folder, "mmdiff.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };

    /// <summary>Runs to the end.</summary>
    internal static (int ExitCode, string Output, string Error) Run(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>Copies the program to another folder, what is large as links.</summary>
    internal static void CopyTo(string target, Func<string, bool> include)
    {
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(Folder, file);
            if (!include(name)) continue;
            var copy = Path.Combine(target, name);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            var origin = new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file;
            if (origin != file || new FileInfo(file).Length > LargeFile) File.CreateSymbolicLink(copy, origin);
            else File.Copy(file, copy);
        }
    }
}
