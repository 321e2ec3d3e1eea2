namespace MmDiffusion.Media.Files;

/// <summary>Sentences for failures of writing.</summary>
internal static class WriteFailure
{
    /// <summary>What systems and ffmpeg alike say when a disk is full.</summary>
    private const string NoSpace = "No space left on device";

    /// <summary>The other words of systems for a disk or folder that does not take a file, as ffmpeg repeats them.</summary>
    private static readonly string[] InputOutput =
    [
        NoSpace, "Permission denied", "Read-only file system", "Input/output error", "No such file or directory", "Is a directory",
        "Not a directory",
        "Disk quota exceeded", "File too large", "File name too long", "Too many open files", "Operation not permitted",
        "Stale file handle", "No such device",
    ];

    // .NET reserves a file's bytes before it writes them, and says this where the disk does not have them.
    private const string NoSpaceToReserve = "because the disk was full";

    /// <summary>One sentence on why a file or folder could not be written.</summary>
    internal static string Explain(string path, Exception exception) => exception switch
    {
        _ when TemporaryFiles.Holds(path) =>
            $"cannot write to the folder for temporary files '{TemporaryFiles.Folder}': "
                + $"{OfTemporary(exception)}, or set TMPDIR to another folder",
        _ when IsDiskFull(exception) =>
            $"cannot write '{path}': no space left on its disk; free some space or choose another "
                + "output folder (nothing half-written was kept)",
        UnauthorizedAccessException =>
            $"cannot write '{path}': permission denied; choose an output folder that you may write to",
        DirectoryNotFoundException or FileNotFoundException =>
            $"cannot write '{path}': its folder cannot be made there; choose another output folder",
        _ => $"cannot write '{path}': {exception.Message.TrimEnd('.')}; choose another output folder",
    };

    private static string OfTemporary(Exception exception) => exception switch
    {
        _ when IsDiskFull(exception) => "no space left on its disk; free some space",
        UnauthorizedAccessException => "permission denied; change its permissions",
        DirectoryNotFoundException or FileNotFoundException => "it does not exist; make it",
        _ => $"{exception.Message.TrimEnd('.')}; repair it",
    };

    /// <summary>Whether a line of ffmpeg's is about the disk or the folder, not about what is written.</summary>
    internal static bool IsInputOutput(string line) => InputOutput.Any(words => line.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a disk, or what a user may store on it, is used up.</summary>
    private static bool IsDiskFull(Exception exception)
    {
        const int noSpaceOnUnix = 28;
        const int quotaOnLinux = 122;
        const int diskFullOnWindows = unchecked((int)0x80070070);
        return exception.HResult is noSpaceOnUnix or quotaOnLinux or diskFullOnWindows
            || exception.Message.Contains(NoSpace, StringComparison.Ordinal)
            || exception.Message.Contains(NoSpaceToReserve, StringComparison.Ordinal);
    }
}
