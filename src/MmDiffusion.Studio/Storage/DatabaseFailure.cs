using System.Globalization;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace MmDiffusion.Studio.Storage;

/// <summary>What exceptions of databases mean. Their messages may quote what a rater sent, so none of them is repeated here.</summary>
internal static class DatabaseFailure
{
    // https://sqlite.org/rescode.html
    private const int SqliteBusy = 5;
    private const int SqliteReadOnly = 8;
    private const int SqliteInputOutput = 10;
    private const int SqliteFull = 13;
    private const int SqliteTooBig = 18;
    private const int SqliteConstraint = 19;
    private const int SqliteMismatch = 20;
    private const int SqliteRange = 25;

    /// <summary>Whether the database, its disk or the way to it is to blame, so that every other write would fail alike.</summary>
    internal static bool IsOutage(Exception exception) =>
        Chain(exception).Select(IsOutageItself).FirstOrDefault(answer => answer is not null) ?? false;

    /// <summary>The kinds of an exception and of what caused it, with the codes that these carry.</summary>
    internal static string Kind(Exception exception) =>
        string.Join(
            " < ",
            Chain(exception).Select(cause => CodeOf(cause) is { } code ? $"{cause.GetType().Name} {code}" : cause.GetType().Name));

    /// <summary>Why nothing can be written, for people; null where the database is not to blame.</summary>
    internal static string? Reason(Exception exception) => Chain(exception).Select(cause => cause switch
    {
        DatabaseMovedException => "its file was deleted, moved or replaced; put it back, or stop and start again with another",
        SqliteException { SqliteErrorCode: SqliteFull } or PostgresException { SqlState: PostgresErrorCodes.DiskFull } =>
            "its disk is full",
        SqliteException { SqliteErrorCode: SqliteInputOutput } => "its disk fails, or is full",
        SqliteException { SqliteErrorCode: SqliteBusy } => "another program keeps it locked",
        SqliteException { SqliteErrorCode: SqliteReadOnly } => "it can only be read",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "it can only be read",
        SqliteException sqlite => string.Create(CultureInfo.InvariantCulture, $"SQLite's error {sqlite.SqliteErrorCode}"),
        PostgresException postgres => $"PostgreSQL's error {postgres.SqlState}",
        NpgsqlException { InnerException: TimeoutException } => "PostgreSQL does not answer in time",
        NpgsqlException => "PostgreSQL cannot be reached",
        _ => null,
    }).FirstOrDefault(reason => reason is not null);

    private static bool? IsOutageItself(Exception exception) => exception switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode is not (SqliteConstraint or SqliteTooBig or SqliteMismatch or SqliteRange),
        // Classes of data and of integrity are a write's own, and who lost against another transaction may win alone.
        PostgresException postgres => postgres.SqlState is not (['2', '2' or '3', ..] or ['4', '0', ..]),
        NpgsqlException or TimeoutException or IOException or SocketException => true,
        _ => null,
    };

    private static string? CodeOf(Exception exception) => exception switch
    {
        SqliteException sqlite =>
            string.Create(CultureInfo.InvariantCulture, $"{sqlite.SqliteErrorCode} ({sqlite.SqliteExtendedErrorCode})"),
        PostgresException postgres => postgres.SqlState,
        SocketException socket => $"{socket.SocketErrorCode}",
        IOException io => string.Create(CultureInfo.InvariantCulture, $"0x{io.HResult:X8}"),
        _ => null,
    };

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException) yield return cause;
    }
}
