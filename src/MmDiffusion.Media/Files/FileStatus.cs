using System.Runtime.InteropServices;

namespace MmDiffusion.Media.Files;

/// <summary>What a path leads to.</summary>
public enum FileKind
{
    /// <summary>Nothing that can be seen.</summary>
    Missing,

    /// <summary>A file with content of its own.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe: opening it waits for whoever writes to it.</summary>
    Pipe,

    /// <summary>A socket, a device, or what else is no file.</summary>
    Other,
}

/// <summary>What a path leads to, all links followed; nothing is opened for it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Identity">The same for two paths only where they lead to the same; empty where that is not known.</param>
internal readonly partial record struct FileStatus(FileKind Kind, string Identity)
{
    private const int CurrentFolder = -100;
    private const uint BasicStatus = 0x7ff;
    private const int PermissionDenied = 13;

    /// <summary>Looks at a path.</summary>
    internal static FileStatus Of(string path)
    {
        var full = Path.GetFullPath(path);
        if (OperatingSystem.IsLinux())
        {
            try
            {
                return OfLinux(full);
            }
            catch (EntryPointNotFoundException)
            {
                // A C library that is older than the call.
            }
        }
        var kind = File.Exists(full) ? FileKind.Regular : Directory.Exists(full) ? FileKind.Folder : FileKind.Missing;
        // Names that differ in case alone are mostly one file there.
        return new FileStatus(kind, kind == FileKind.Missing ? "" : Canonical(full).ToUpperInvariant());
    }

    private static FileStatus OfLinux(string path)
    {
        if (statx(CurrentFolder, path, 0, BasicStatus, out var found) != 0)
            return new FileStatus(
                Marshal.GetLastPInvokeError() == PermissionDenied && File.Exists(path) ? FileKind.Regular : FileKind.Missing,
                "");
        var kind = (found.Mode & 0xf000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0x1000 => FileKind.Pipe,
            _ => FileKind.Other,
        };
        return new FileStatus(kind, FormattableString.Invariant($"{found.MajorDevice}:{found.MinorDevice}:{found.Inode}"));
    }

    /// <summary>The path with every link on the way followed.</summary>
    internal static string Canonical(string path)
    {
        try
        {
            FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            var real = info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
            return Path.GetDirectoryName(real) is { } parent ? Path.Combine(Canonical(parent), Path.GetFileName(real)) : real;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statx(int folder, string path, int flags, uint mask, out Found found);

    /// <summary>struct statx of Linux, the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Found
    {
        [FieldOffset(28)]
        internal ushort Mode;

        [FieldOffset(32)]
        internal ulong Inode;

        [FieldOffset(136)]
        internal uint MajorDevice;

        [FieldOffset(140)]
        internal uint MinorDevice;
    }
}
