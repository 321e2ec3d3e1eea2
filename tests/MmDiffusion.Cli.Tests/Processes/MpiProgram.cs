using System.Diagnostics;
using System.Globalization;

namespace MmDiffusion.Cli.Tests.Processes;

/// <summary>The built program on several ranks of this machine.</summary>
internal static class MpiProgram
{
    private const string Launcher = "mpirun";

    /// <summary>Skips a test where there is no Open MPI.</summary>
    internal static void Require() => Assert.SkipUnless(
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, Launcher))),
        "mpirun is not installed (apt-get install openmpi-bin)");

    /// <summary>A start of the same on each rank.</summary>
    internal static ProcessStartInfo StartInfo(int ranks, params string[] arguments) => Launch(Part(ranks, arguments));

    /// <summary>A start of two ranks with a command line each.</summary>
    internal static ProcessStartInfo StartInfo(string[] first, string[] second) => Launch([.. Part(1, first), ":", .. Part(1, second)]);

    /// <summary>The ranks that a launcher has started, by number.</summary>
    internal static Dictionary<int, Process> Ranks(Process launcher)
    {
        var ranks = new Dictionary<int, Process>();
        foreach (var id in File.ReadAllText($"/proc/{launcher.Id}/task/{launcher.Id}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(int.Parse))
        {
            var variable = File.ReadAllText($"/proc/{id}/environ")
                .Split('\0')
                .FirstOrDefault(entry => entry.StartsWith("OMPI_COMM_WORLD_RANK=", StringComparison.Ordinal));
            if (variable is not null) ranks[int.Parse(variable.Split('=')[1], CultureInfo.InvariantCulture)] = Process.GetProcessById(id);
        }
        return ranks;
    }

    private static string[] Part(int ranks, string[] arguments) =>
    [
        "-n", $"{ranks}", "dotnet", Path.Combine(BuiltProgram.Folder, "mmdiff.dll"), .. arguments,
    ];

    // Ranks get more time for a last word, since tests share the processors with others.
    private static ProcessStartInfo Launch(string[] parts) =>
        new(Launcher, ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "--mca", "odls_base_sigkill_timeout", "2", .. parts])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OMP_NUM_THREADS"] = "1" },
        };
}
