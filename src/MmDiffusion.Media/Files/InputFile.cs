namespace MmDiffusion.Media.Files;

/// <summary>
/// What is looked at before a file of the user's is opened: opening a named pipe waits for ever, and what systems say of a folder in the
/// place of a file ("access denied") is no help.
/// </summary>
public static class InputFile
{
    private const char Undecodable = '\ufffd';

    /// <summary>Fails unless a path leads to a file.</summary>
    /// <param name="path">The path; links are followed.</param>
    /// <param name="what">What is expected, for the message: "media file". A file by default.</param>
    /// <exception cref="MmDiffusionException">There is nothing, a folder, a named pipe or a device.</exception>
    public static void Require(string path, string what = "file")
    {
        if (Reason(path, what) is { } reason) throw new MmDiffusionException(reason);
    }

    /// <summary>
    /// Fails unless a path leads to a file, or to something that this process was given open, such as a shell's <c>&lt;(command)</c>.
    /// </summary>
    /// <param name="path">The path; links are followed.</param>
    /// <param name="what">What is expected, for the message. A file by default.</param>
    /// <exception cref="MmDiffusionException">There is nothing, a folder, a named pipe or a device.</exception>
    public static void RequireText(string path, string what = "file")
    {
        var given = path.StartsWith("/dev/fd/", StringComparison.Ordinal)
            || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal)
            || path == "/dev/stdin";
        if (!given || FileStatus.Of(path).Kind != FileKind.Pipe) Require(path, what);
    }

    /// <summary>What a path leads to; nothing is opened for it.</summary>
    /// <param name="path">The path; links are followed.</param>
    public static FileKind KindOf(string path) => FileStatus.Of(path).Kind;

    /// <summary>Tells files apart, whatever they are called.</summary>
    /// <param name="path">The path; links are followed.</param>
    /// <returns>
    /// The same for two paths only where they lead to the same file; empty where there is none, or where that is not known.
    /// </returns>
    public static string IdentityOf(string path) => FileStatus.Of(path).Identity;

    /// <summary>Whether there is nothing at a path, not even a link to nowhere, nor a name that cannot be decoded.</summary>
    /// <param name="path">The path.</param>
    public static bool IsAbsent(string path) =>
        KindOf(path) == FileKind.Missing && !path.Contains(Undecodable, StringComparison.Ordinal) && new FileInfo(path).LinkTarget is null;

    /// <summary>Why a path is no file, in a sentence; null where it is one.</summary>
    /// <param name="path">The path; links are followed.</param>
    /// <param name="what">What is expected, for the message. A file by default.</param>
    public static string? Reason(string path, string what = "file") => FileStatus.Of(path).Kind switch
    {
        FileKind.Regular => null,
        FileKind.Folder => $"cannot read '{path}': it is a folder; name one {what} in it",
        FileKind.Pipe =>
            $"cannot read '{path}': it is a named pipe, expected a {what}; store what comes out of it in a file, and name that",
        FileKind.Other => $"cannot read '{path}': it is a device or a socket, expected a {what}; name a file",
        _ when path.Contains(Undecodable, StringComparison.Ordinal) =>
            $"cannot read '{path}': its name is not valid UTF-8; rename it ({Undecodable} stands for each byte that is wrong)",
        _ when new FileInfo(path).LinkTarget is { } target =>
            $"cannot read '{path}': it is a link to '{target}', which is not there; mend the link or remove it",
        _ => $"cannot read '{path}': there is no file of that name; check the name and the folder",
    };
}
