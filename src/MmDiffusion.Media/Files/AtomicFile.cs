using System.Runtime.InteropServices;

namespace MmDiffusion.Media.Files;

/// <summary>Writes files so that a reader sees the old file, or the whole new one, and never a half.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Lets <paramref name="write"/> fill a temporary file in the same folder (its name keeps the extension, which tools such as
    /// ffmpeg look at), then renames it over <paramref name="path"/>. On any failure the temporary file is deleted and
    /// <paramref name="path"/> stays as it was. Content and name are on the disk when this returns.
    /// </summary>
    /// <param name="path">The file to make; missing folders are created.</param>
    /// <param name="write">Given the temporary path, writes the whole content.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be written, the disk is full, or a folder is in the way.</exception>
    public static void Write(string path, Action<string> write)
    {
        var full = Path.GetFullPath(path);
        RequireReplaceable(path);
        var folder = Path.GetDirectoryName(full)!;
        var temporary = TemporaryName.OfFile(full);
        try
        {
            Directory.CreateDirectory(folder);
            TemporaryName.DeleteAbandonedOnce(folder);
            write(temporary);
            Durable.Flush(temporary);
            File.Move(temporary, full, overwrite: true);
            Durable.FlushNames(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException(WriteFailure.Explain(path, exception), exception);
        }
        finally
        {
            TryDelete(temporary);
        }
    }

    /// <summary>Finds out whether something is in the way that <see cref="Write"/> would not replace.</summary>
    /// <param name="path">The file to make.</param>
    /// <exception cref="MmDiffusionException">There is a folder of that name.</exception>
    public static void RequireReplaceable(string path)
    {
        if (Directory.Exists(path))
            throw new MmDiffusionException(
                $"cannot write '{path}': a folder of that name is in the way; choose another name, or remove it");
    }

    /// <summary>Writes text atomically, see <see cref="Write"/>.</summary>
    /// <param name="path">The file to make.</param>
    /// <param name="text">Its content, stored as UTF-8.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be written, or the disk is full.</exception>
    public static void WriteText(string path, string text) => Write(path, temporary => File.WriteAllText(temporary, text));

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The original failure matters more than a leftover that could not be removed.
        }
    }
}

/// <summary>Puts files on the disk itself: without it, a machine that loses its power may keep a new name and lose what it names.</summary>
internal static partial class Durable
{
    private const int ReadOnly = 0;
    private const int InputOutputError = 5;
    private const int NoSpace = 28;

    /// <summary>Waits until a file's content is on its disk.</summary>
    /// <exception cref="IOException">The disk cannot keep it.</exception>
    internal static void Flush(string file)
    {
        // Windows flushes only what may be written; elsewhere a file may be one that only its owner's umask lets others write.
        using var handle = File.OpenHandle(
            file,
            FileMode.Open,
            OperatingSystem.IsWindows() ? FileAccess.ReadWrite : FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>The same of every file in a folder, and of the names in it.</summary>
    /// <exception cref="IOException">The disk cannot keep them.</exception>
    internal static void FlushAll(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) Flush(file);
        foreach (var below in Directory.EnumerateDirectories(folder)) FlushAll(below);
        FlushNames(folder);
    }

    /// <summary>
    /// Waits until the names in a folder are on its disk. A file system that does not flush folders is no failure, a disk that cannot keep
    /// them is one.
    /// </summary>
    /// <exception cref="IOException">The disk cannot keep them.</exception>
    internal static void FlushNames(string folder)
    {
        // NTFS keeps its names in a journal.
        if (OperatingSystem.IsWindows()) return;
        var descriptor = open(folder, ReadOnly);
        if (descriptor < 0) return;
        var error = fsync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = close(descriptor);
        if (error is InputOutputError or NoSpace) throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
