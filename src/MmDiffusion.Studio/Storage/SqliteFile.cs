using Microsoft.Data.Sqlite;

namespace MmDiffusion.Studio.Storage;

/// <summary>The file of a SQLite database, and the log beside it.</summary>
internal static class SqliteFile
{
    // SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN
    private static readonly int[] CodesOfReadOnly = [3, 8, 14];

    /// <summary>The file in the folder of a copy.</summary>
    internal const string CopyName = "studies.db";

    private const string LogEnding = "-wal";

    /// <exception cref="MmDiffusionException">There is no such file.</exception>
    internal static void Require(DatabaseAddress address)
    {
        if (!address.IsPostgres && !File.Exists(address.Connection))
            throw new MmDiffusionException($"there is no database '{address.Connection}'; check --database, or make a study first");
    }

    /// <summary>Whether a failure says that nothing can be written to the file or beside it.</summary>
    internal static bool IsReadOnly(Exception? failure) =>
        failure is SqliteException sqlite && CodesOfReadOnly.Contains(sqlite.SqliteErrorCode);

    /// <summary>Whether the log holds anything.</summary>
    internal static bool HasLog(string file) => new FileInfo(file + LogEnding) is { Exists: true, Length: > 0 };

    /// <summary>The usual way to open a file.</summary>
    internal static string Writable(string file) => new SqliteConnectionStringBuilder { DataSource = file, Pooling = true }.ToString();

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
        var folder = Directory.CreateTempSubdirectory("mmdiff-studies-").FullName;
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
