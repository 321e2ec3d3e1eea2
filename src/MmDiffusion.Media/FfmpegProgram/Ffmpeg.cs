using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace MmDiffusion.Media.FfmpegProgram;

/// <summary>
/// Where the ffmpeg programs are: in the folder named by the environment variable <see cref="FolderVariable"/>, else on the PATH.
/// </summary>
public static class Ffmpeg
{
    /// <summary>The environment variable that names the folder of ffmpeg and ffprobe.</summary>
    public const string FolderVariable = "MMDIFF_FFMPEG";

    private const string HowToInstall =
        "install it ('apt-get install ffmpeg', 'brew install ffmpeg' or 'winget install ffmpeg'), or set "
            + FolderVariable
            + " to its folder";

    /// <summary>By the program's path, which a variable may change.</summary>
    private static readonly ConcurrentDictionary<string, HashSet<string>> Filters = new(StringComparer.Ordinal);

    /// <summary>Whether both ffmpeg and ffprobe were found.</summary>
    public static bool IsAvailable => Find("ffmpeg") is not null && Find("ffprobe") is not null;

    /// <summary>
    /// Whether ffmpeg can bring pictures of a high dynamic range to what screens show: whether it has the filters zscale and tonemap.
    /// </summary>
    public static bool CanToneMap => Filters.GetOrAdd(Find("ffmpeg") ?? "", ReadFilters).IsSupersetOf(["zscale", "tonemap"]);

    /// <summary>The version that ffmpeg reports, such as "5.1.9-0+deb12u1".</summary>
    /// <exception cref="MmDiffusionException">ffmpeg is not installed or does not start.</exception>
    public static string Version()
    {
        var path = Locate("ffmpeg");
        try
        {
            var start = new ProcessStartInfo(path, ["-version"]) { RedirectStandardOutput = true, RedirectStandardInput = true };
            using var process = Process.Start(start)!;
            var words = process.StandardOutput.ReadToEnd().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            if (words is ["ffmpeg", "version", var version, ..]) return version;
        }
        catch (Win32Exception exception)
        {
            throw new MmDiffusionException($"'{path}' does not start ({exception.Message}); {HowToInstall}", exception);
        }

        throw new MmDiffusionException($"'{path}' does not tell a version as ffmpeg does; {HowToInstall}");
    }

    /// <summary>The full path of one of the programs.</summary>
    /// <param name="program">"ffmpeg" or "ffprobe".</param>
    /// <exception cref="MmDiffusionException">It is not installed.</exception>
    internal static string Locate(string program) => Find(program) ?? throw new MmDiffusionException(
        Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder
            ? $"no program '{program}' in the folder '{folder}' that {FolderVariable} names; correct or unset the variable"
            : $"the program '{program}', which reads and writes video and sound, is not on the PATH; {HowToInstall}");

    /// <summary>
    /// Fails unless ffmpeg and ffprobe are there and start. What needs them late looks early: a clip that cannot be stored is not worth
    /// sampling.
    /// </summary>
    /// <exception cref="MmDiffusionException">They are not installed, or do not start.</exception>
    public static void Require()
    {
        Locate("ffprobe");
        Version();
    }

    private static HashSet<string> ReadFilters(string path)
    {
        if (path.Length == 0) return [];
        var start = new ProcessStartInfo(path, ["-hide_banner", "-filters"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var lines = process.StandardOutput.ReadToEnd().Split('\n');
            process.WaitForExit();
            return [.. lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(words => words.Length > 2)
                .Select(words => words[1])];
        }
        catch (Win32Exception)
        {
            return [];
        }
    }

    private static string? Find(string program)
    {
        var file = OperatingSystem.IsWindows() ? program + ".exe" : program;
        var folders = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder
            ? [folder]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(candidate => Path.GetFullPath(Path.Combine(candidate, file))).FirstOrDefault(File.Exists);
    }
}
