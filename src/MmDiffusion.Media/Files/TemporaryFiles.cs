using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace MmDiffusion.Media.Files;

/// <summary>
/// Files that are needed for a moment, in the system's folder for them, which the variable TMPDIR chooses. That folder may be missing, full
/// or read-only: work that needs it looks at once (<see cref="Require"/>), and no sentence takes it for the output folder.
/// </summary>
public static class TemporaryFiles
{
    private const string Prefix = "mmdiff-tmp-";
    private const int ProbeBytes = 1 << 16;

    /// <summary>The folder.</summary>
    internal static string Folder => Path.TrimEndingDirectorySeparator(Path.GetTempPath());

    /// <summary>Fails unless a small file can be written.</summary>
    /// <exception cref="MmDiffusionException">It cannot.</exception>
    public static void Require()
    {
        var path = NewPath("probe");
        try
        {
            File.WriteAllBytes(path, new byte[ProbeBytes]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException(WriteFailure.Explain(path, exception), exception);
        }
        finally
        {
            Delete(path);
        }
    }

    /// <summary>A path for a file that does not exist yet.</summary>
    /// <param name="extension">Without a dot.</param>
    public static string NewPath(string extension) =>
        Path.Combine(Folder, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}.{extension}");

    /// <summary>Makes a folder, which its user deletes.</summary>
    /// <exception cref="MmDiffusionException">It cannot be made.</exception>
    public static string NewFolder()
    {
        try
        {
            if (!Directory.Exists(Folder)) throw new DirectoryNotFoundException();
            return Directory.CreateTempSubdirectory(Prefix).FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException(WriteFailure.Explain(Path.Combine(Folder, Prefix), exception), exception);
        }
    }

    /// <summary>Deletes a file where it is there, and never fails.</summary>
    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What came of it matters more than a leftover.
        }
    }

    /// <summary>Whether a path is one of <see cref="NewPath"/>, or in a folder of <see cref="NewFolder"/>.</summary>
    internal static bool Holds(string path) =>
        Path.GetRelativePath(Folder, Path.GetFullPath(path)) is var inside && inside.StartsWith(Prefix, StringComparison.Ordinal);
}

/// <summary>
/// Names of what is being written: <c>.NAME.PROCESS-MACHINE-RANDOM.part.EXTENSION</c>. They tell who writes, so that what a killed process
/// left is known from what another one is just writing.
/// </summary>
internal static partial class TemporaryName
{
    /// <summary>File systems allow 255 bytes; the rest of the name takes less than 80.</summary>
    private const int LongestPart = 120;
    private const int LongestExtension = 60;

    /// <summary>For what other machines wrote, of which nothing else is known.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    private static readonly string Machine =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Environment.MachineName)))[..8];

    private static readonly EnumerationOptions Everything = new() { MatchType = MatchType.Simple, AttributesToSkip = 0 };

    private static readonly ConcurrentDictionary<string, bool> Tidied = new(StringComparer.Ordinal);

    /// <summary>Clocks of processes and of files differ by a little.</summary>
    private static readonly TimeSpan ClockError = TimeSpan.FromSeconds(2);

    /// <summary>A new name beside a file that is to be written, with its extension at the end.</summary>
    /// <param name="full">The full path of the file.</param>
    internal static string OfFile(string full) =>
        Beside(
            full,
            FileNames.Shorten(Path.GetFileNameWithoutExtension(full), LongestPart),
            ".part" + FileNames.Shorten(Path.GetExtension(full), LongestExtension));

    /// <summary>
    /// A new name beside a folder that is to be written; it begins with the folder's whole name, unless that is very long.
    /// </summary>
    /// <param name="full">The full path of the folder.</param>
    /// <param name="ending">At the end of the name.</param>
    internal static string OfFolder(string full, string ending) =>
        Beside(full, FileNames.Shorten(Path.GetFileName(full), LongestPart + LongestExtension), ending);

    private static string Beside(string full, string name, string ending)
    {
        var random = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        return Path.Combine(
            Path.GetDirectoryName(full)!,
            string.Create(CultureInfo.InvariantCulture, $".{name}.{Environment.ProcessId}-{Machine}-{random}{ending}"));
    }

    /// <summary>The same as <see cref="DeleteAbandoned"/>, for each folder once in the life of the process: folders may be large.</summary>
    internal static void DeleteAbandonedOnce(string folder)
    {
        if (Tidied.TryAdd(folder, true)) DeleteAbandoned(folder);
    }

    /// <summary>
    /// Deletes what killed processes left in a folder, files and folders: what is half-written, and what was moved aside to be replaced,
    /// unless it was not replaced and is the only copy.
    /// </summary>
    internal static void DeleteAbandoned(string folder)
    {
        try
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos(".*", Everything))
            {
                if (Form().Match(entry.Name) is not { Success: true } name || IsBeingWritten(entry, name)) continue;
                if (name.Groups["replaced"].Success && !Directory.Exists(Path.Combine(folder, name.Groups["name"].Value))) continue;
                if (entry is DirectoryInfo { LinkTarget: null } below) below.Delete(recursive: true);
                else entry.Delete();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process tidies up, too; and leftovers do no harm.
        }
    }

    private static bool IsBeingWritten(FileSystemInfo entry, Match name)
    {
        // Earlier versions wrote no machine.
        if (name.Groups["machine"] is { Success: true } machine && machine.Value != Machine)
            return DateTime.UtcNow - entry.LastWriteTimeUtc < Abandoned;
        try
        {
            using var process = Process.GetProcessById(int.Parse(name.Groups["process"].Value, CultureInfo.InvariantCulture));
            // A number is given again when its process is gone.
            return process.StartTime.ToUniversalTime() - ClockError <= entry.LastWriteTimeUtc;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or OverflowException)
        {
            return false;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or NotSupportedException)
        {
            return true;
        }
    }

    [GeneratedRegex(
        @"^\.(?<name>.*)\.(?<process>\d{1,10})-(?:(?<machine>[0-9a-f]{8})-[0-9a-f]{24}|[0-9a-f]{32})"
            + @"\.(?:part(?:\.[^.]*)?|(?<replaced>old))$",
        RegexOptions.Singleline)]
    private static partial Regex Form();
}
