using MmDiffusion.Media;

namespace MmDiffusion.Studio.Storage;

/// <summary>Where a database is, as the command line names it.</summary>
/// <param name="IsPostgres">Whether it is PostgreSQL, otherwise SQLite.</param>
/// <param name="Connection">The file, or PostgreSQL's connection string.</param>
internal sealed record DatabaseAddress(bool IsPostgres, string Connection)
{
    /// <summary>For messages: a connection string may hold a password, so it is not repeated.</summary>
    internal string Place => IsPostgres ? "PostgreSQL" : $"'{Connection}'";

    /// <summary>Reads "sqlite:FILE" or "postgres:CONNECTION".</summary>
    /// <exception cref="MmDiffusionException">It is neither.</exception>
    internal static DatabaseAddress Parse(string text) => TryParse(text)
        // The text may hold a password, so it is not repeated.
        ?? throw new MmDiffusionException(
            "the database is not understood; write sqlite:FILE, or postgres: and a connection string such as "
            + "\"Host=localhost;Database=study;Username=me\"");

    /// <summary>The same; null where it is neither.</summary>
    internal static DatabaseAddress? TryParse(string text) => text.Split(':', 2) switch
    {
        ["sqlite", { Length: > 0 } file] => new DatabaseAddress(false, Path.GetFullPath(file)),
        ["postgres", { Length: > 0 } connection] => new DatabaseAddress(true, connection),
        _ => null,
    };
}
