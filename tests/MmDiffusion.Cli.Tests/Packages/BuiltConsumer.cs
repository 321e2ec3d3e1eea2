using System.Diagnostics;
using MmDiffusion.Cli.Tests.Processes;

namespace MmDiffusion.Cli.Tests.Packages;

/// <summary>A program that was built from the packages: what lies in its folder, and what it does where it may write nothing.</summary>
internal sealed class BuiltConsumer(string folder)
{
    private const string Nobody = "65534";

    private static readonly string[] Libtorch = ["torch", "torch_cpu", "c10", "libtorch", "libtorch_cpu", "libc10", "libgomp-98b21ff3.so"];

    /// <summary>The names of its files, below its folder.</summary>
    internal IReadOnlyList<string> Files { get; } =
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)),
    ];

    /// <summary>How much there is besides libtorch and the models, in bytes.</summary>
    internal long BytesBesides => Files
        .Where(file => !Libtorch.Contains(Path.GetFileNameWithoutExtension(file)) && !file.StartsWith("models", StringComparison.Ordinal))
        .Sum(file => new FileInfo(Path.Combine(folder, file)).Length);

    /// <summary>
    /// Runs it as a user without rights and without a home, in a folder where that user may write, while its own folder is read-only.
    /// </summary>
    internal (int ExitCode, string Output, string Error) Run(string workingFolder)
    {
        var program = Path.Combine(folder, "program");
        string[] command = File.Exists(program) ? [program] : ["dotnet", program + ".dll"];
        if (Environment.IsPrivilegedProcess)
            command = ["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", .. command];
        Directory.CreateDirectory(workingFolder);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(workingFolder, (UnixFileMode)0b111_111_111);
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder,
        };
        foreach (var name in new[] { "HOME", "XDG_CACHE_HOME", "TMPDIR" }) start.Environment.Remove(name);
        return BuiltProgram.Run(start);
    }
}
