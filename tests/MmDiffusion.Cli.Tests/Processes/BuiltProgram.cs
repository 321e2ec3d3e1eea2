using System.Diagnostics;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>The program as it was built, started as a process of its own.</summary>
internal static class BuiltProgram
{
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

    /// <summary>Copies the program to another folder, native libraries as links where they are links.</summary>
    internal static void CopyTo(string target, Func<string, bool> include)
    {
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(Folder, file);
            if (!include(name)) continue;
            var copy = Path.Combine(target, name);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            if (new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true) is { } origin) File.CreateSymbolicLink(copy, origin.FullName);
            else File.Copy(file, copy);
        }
    }
}
