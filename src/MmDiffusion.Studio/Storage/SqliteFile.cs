using Microsoft.Data.Sqlite;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Studio.Storage;

/// <summary>The file of a SQLite database, and the log beside it.</summary>
internal static class SqliteFile
{
    // SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN
    private static readonly int[] CodesOfReadOnly = [3, 8, 14];

    /// <summary>The file in the folder of a copy.</summary>
    internal const string CopyName = "studies.db";

    private const string LogEnding = "-wal";

    /// <summary>Fails unless a path is that of a file, or of one that can be made there.</summary>
    /// <param name="address">Of the database.</param>
    /// <param name="create">Whether there need be no file yet.</param>
    /// <exception cref="MmDiffusionException">There is no file, or something else in its place.</exception>
    internal static void Require(DatabaseAddress address, bool create)
    {
        if (address.IsPostgres) return;
        var file = address.Connection;
        switch (InputFile.KindOf(file))
        {
            case FileKind.Regular:
                return;
            case FileKind.Folder:
                throw new MmDiffusionException(
                    $"cannot open the studies in '{file}': it is a folder; name a file in it, such as "
                    + $"sqlite:{Path.Combine(file, CopyName)}");
            case FileKind.Missing when !create:
                throw new MmDiffusionException($"there is no database '{file}'; check --database, or make a study first");
            case FileKind.Missing when Path.EndsInDirectorySeparator(file):
                throw new MmDiffusionException(
                    $"cannot make a database '{file}': it is the name of a folder; name a file, such as "
                    + $"sqlite:{Path.Combine(file, CopyName)}");
            case FileKind.Missing when !Directory.Exists(Path.GetDirectoryName(file)):
                throw new MmDiffusionException(
                    $"cannot make a database '{file}': there is no folder '{Path.GetDirectoryName(file)}'; make it, or choose another");
            case FileKind.Missing:
                return;
            default:
                throw new MmDiffusionException(
                    $"cannot open the studies in '{file}': it is no file but a named pipe, a device or a socket; name a file");
        }
    }

    /// <summary>Whether a failure says that nothing can be written to the file or beside it.</summary>
    internal static bool IsReadOnly(Exception? failure) =>
        failure is SqliteException sqlite && CodesOfReadOnly.Contains(sqlite.SqliteErrorCode);

    /// <summary>Whether the log holds anything.</summary>
    internal static bool HasLog(string file) => new FileInfo(file + LogEnding) is { Exists: true, Length: > 0 };

    /// <summary>The usual way to open a file.</summary>
    internal static string Writable(string file) =>
        new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = true }.ToString();

    /// <summary>A way to open a file that nobody writes to and beside which nothing can be written; its log is left out.</summary>
    internal static string Immutable(string file) => new SqliteConnectionStringBuilder
    {
        DataSource = $"file://{string.Join('/', file.Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString))}?immutable=1",
        Mode = SqliteOpenMode.ReadOnly,
        Pooling = false,
    }.ToString();

    /// <summary>Copies a file with its log into a folder of its own.</summary>
    internal static string Copy(string file)
    {
        var folder = TemporaryFiles.NewFolder();
        try
        {
            foreach (var ending in (string[])["", LogEnding])
            {
                var copy = Path.Combine(folder, CopyName + ending);
                if (!File.Exists(file + ending)) continue;
                File.Copy(file + ending, copy);
                File.SetAttributes(copy, FileAttributes.Normal);
            }
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }

        return folder;
    }
}
