namespace MmDiffusion.Media;

/// <summary>Writes folders so that a reader sees the old folder, or the whole new one, and never a half.</summary>
public static class AtomicFolder
{
    /// <summary>
    /// Lets <paramref name="write"/> fill a temporary folder beside <paramref name="path"/>, then renames it. A folder that is already
    /// there is replaced only if it holds nothing but files that <paramref name="isOurs"/> recognises.
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
        if (File.Exists(full))
            throw new MmDiffusionException($"cannot write the folder '{path}': a file of that name exists; choose another name or delete it");
        if (Directory.Exists(full) && EntryNames(full).FirstOrDefault(name => !isOurs(name)) is { } foreign)
        {
            throw new MmDiffusionException(
                $"cannot write the folder '{path}': it exists and holds '{foreign}', which would be lost; choose another name");
        }

        var suffix = $"{Environment.ProcessId}-{Guid.NewGuid():N}";
        var temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{suffix}.part");
        var replaced = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{suffix}.old");
        try
        {
            Directory.CreateDirectory(temporary);
            write(temporary);
            if (Directory.Exists(full)) Directory.Move(full, replaced);
            Directory.Move(temporary, full);
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

    /// <summary>Finds out whether files can be written to a folder, rather than after the work that they are the result of.</summary>
    /// <param name="path">The folder; made where it does not exist.</param>
    /// <exception cref="MmDiffusionException">They cannot.</exception>
    public static void RequireWritable(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            var trial = Path.Combine(path, $".{Environment.ProcessId}-{Guid.NewGuid():N}.part");
            File.Create(trial, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException(WriteFailure.Explain(path, exception), exception);
        }
    }

    private static IEnumerable<string> EntryNames(string folder) => Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry));

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
