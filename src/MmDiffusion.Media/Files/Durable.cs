using System.Runtime.InteropServices;

namespace MmDiffusion.Media;

/// <summary>Puts files on the disk itself: without it, a machine that loses its power may keep a new name and lose what it names.</summary>
internal static partial class Durable
{
    private const int ReadOnly = 0;

    /// <summary>Waits until a file's content is on its disk.</summary>
    /// <exception cref="IOException">The disk cannot keep it.</exception>
    internal static void Flush(string file)
    {
        // Windows flushes only what may be written; elsewhere a file may be one that only its owner's umask lets others write.
        using var handle = File.OpenHandle(file, FileMode.Open, OperatingSystem.IsWindows() ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
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

    /// <summary>Waits until the names in a folder are on its disk, where the system can; a folder that cannot be flushed is none that can be helped.</summary>
    internal static void FlushNames(string folder)
    {
        // NTFS keeps its names in a journal.
        if (OperatingSystem.IsWindows()) return;
        var descriptor = open(folder, ReadOnly);
        if (descriptor < 0) return;
        _ = fsync(descriptor);
        _ = close(descriptor);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
