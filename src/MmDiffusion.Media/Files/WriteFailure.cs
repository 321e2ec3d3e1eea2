namespace MmDiffusion.Media;

/// <summary>Sentences for failures of writing.</summary>
internal static class WriteFailure
{
    /// <summary>What systems and ffmpeg alike say when a disk is full.</summary>
    internal const string NoSpace = "No space left on device";

    /// <summary>One sentence on why a file or folder could not be written.</summary>
    internal static string Explain(string path, Exception exception) => exception switch
    {
        _ when IsDiskFull(exception) =>
            $"cannot write '{path}': no space left on its disk; free some space or choose another output folder (nothing half-written was kept)",
        UnauthorizedAccessException =>
            $"cannot write '{path}': permission denied; choose an output folder that you may write to",
        DirectoryNotFoundException or FileNotFoundException =>
            $"cannot write '{path}': its folder cannot be made there; choose another output folder",
        _ => $"cannot write '{path}': {exception.Message.TrimEnd('.')}; choose another output folder",
    };

    private static bool IsDiskFull(Exception exception)
    {
        const int noSpaceOnUnix = 28;
        const int diskFullOnWindows = unchecked((int)0x80070070);
        return exception.HResult is noSpaceOnUnix or diskFullOnWindows || exception.Message.Contains(NoSpace, StringComparison.Ordinal);
    }
}
