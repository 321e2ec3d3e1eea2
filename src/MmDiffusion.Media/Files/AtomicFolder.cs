namespace MmDiffusion.Media.Files;

/// <summary>Writes folders so that a reader sees the old folder, or the whole new one, and never a half.</summary>
public static class AtomicFolder
{
    private const string TemporaryEnding = ".part";
    private const string ReplacedEnding = ".old";

    /// <summary>
    /// Lets <paramref name="write"/> fill a temporary folder beside <paramref name="path"/>, then renames it. A folder that is already
    /// there is replaced only if it holds nothing but files that <paramref name="isOurs"/> recognises. Content and names are on the disk
    /// when this returns.
    /// </summary>
    /// <param name="path">The folder to make; missing parents are created.</param>
    /// <param name="isOurs">Given the name of an entry of an existing folder, says whether it may be deleted.</param>
    /// <param name="write">Given the temporary folder, writes the whole content.</param>
    /// <exception cref="MmDiffusionException">
    /// The folder cannot be written, the disk is full, or something else is in the way.
    /// </exception>
    public static void Write(string path, Predicate<string> isOurs, Action<string> write)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(full)) Recover(Path.GetDirectoryName(full)!, name => name == Path.GetFileName(full));
        RequireReplaceable(path, isOurs);
        var parent = Path.GetDirectoryName(full)!;
        var (temporary, replaced) = (TemporaryName.OfFolder(full, TemporaryEnding), TemporaryName.OfFolder(full, ReplacedEnding));
        try
        {
            Directory.CreateDirectory(temporary);
            TemporaryName.DeleteAbandonedOnce(parent);
            write(temporary);
            Durable.FlushAll(temporary);
            if (Directory.Exists(full)) Directory.Move(full, replaced);
            Directory.Move(temporary, full);
            Durable.FlushNames(parent);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (Directory.Exists(replaced) && !Directory.Exists(full)) Directory.Move(replaced, full);
            throw new MmDiffusionException(WriteFailure.Explain(path, exception), exception);
        }
        finally
        {
            TryDelete(temporary);
            TryDelete(replaced);
        }
    }

    /// <summary>
    /// Clears away what processes that were killed while they wrote folders left beside them. A folder that one of them had moved aside,
    /// and not replaced yet, is the only copy: it gets its name back. Nobody else may be writing folders there.
    /// </summary>
    /// <param name="parent">Where the folders are.</param>
    /// <param name="isOurs">Given the name of a folder, says whether it is one of those that are written there.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be read.</exception>
    public static void Recover(string parent, Predicate<string> isOurs)
    {
        if (!Directory.Exists(parent)) return;
        try
        {
            // Of two that were moved aside, the later is the one to keep.
            foreach (var left in Directory.GetDirectories(parent, ".*").OrderByDescending(Directory.GetLastWriteTimeUtc))
            {
                if (OriginalName(Path.GetFileName(left)) is not { } name || !isOurs(name)) continue;
                var original = Path.Combine(parent, name);
                if (left.EndsWith(ReplacedEnding, StringComparison.Ordinal) && !Directory.Exists(original)) Directory.Move(left, original);
                else TryDelete(left);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException(WriteFailure.Explain(parent, exception), exception);
        }
    }

    /// <summary>Finds out whether <see cref="Write"/> would replace something that is not its own.</summary>
    /// <param name="path">The folder to make.</param>
    /// <param name="isOurs">As of <see cref="Write"/>.</param>
    /// <exception cref="MmDiffusionException">A file is in the way, or a folder that holds something else.</exception>
    public static void RequireReplaceable(string path, Predicate<string> isOurs)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(full))
            throw new MmDiffusionException(
                $"cannot write the folder '{path}': a file of that name exists; choose another name or delete it");
        if (Directory.Exists(full) && EntryNames(full).FirstOrDefault(name => !isOurs(name)) is { } foreign)
        {
            throw new MmDiffusionException(
                $"cannot write the folder '{path}': it exists and holds '{foreign}', which would be lost; choose another name");
        }
    }

    /// <summary>
    /// Finds out whether files can be written to a folder, rather than after the work that they are the result of. What killed processes
    /// left half-written there is deleted.
    /// </summary>
    /// <param name="path">The folder; made where it does not exist.</param>
    /// <exception cref="MmDiffusionException">They cannot.</exception>
    public static void RequireWritable(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            File
                .Create(TemporaryName.OfFile(Path.GetFullPath(Path.Combine(path, "trial"))), bufferSize: 1, FileOptions.DeleteOnClose)
                .Dispose();
            TemporaryName.DeleteAbandoned(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException(WriteFailure.Explain(path, exception), exception);
        }
    }

    /// <summary>
    /// The name of the folder that a leftover belongs to; null where it is none of ours: .NAME.PROCESS-GUID.part or .old.
    /// </summary>
    private static string? OriginalName(string left)
    {
        if (!left.EndsWith(TemporaryEnding, StringComparison.Ordinal) && !left.EndsWith(ReplacedEnding, StringComparison.Ordinal))
            return null;
        var rest = left[1..left.LastIndexOf('.')];
        return rest.LastIndexOf('.') is > 0 and var dot && rest.IndexOf('-', dot) > 0 ? rest[..dot] : null;
    }

    private static IEnumerable<string> EntryNames(string folder) =>
        Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry));

    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The original failure matters more than a leftover that could not be removed.
        }
    }
}
