using Microsoft.EntityFrameworkCore;

namespace MmDiffusion.Studio.Storage;

/// <summary>Whose tables a database holds, looked at before anything is written to it.</summary>
internal static class StudyTables
{
    /// <summary>EF Core waits for ever for a migration that was killed; ours take milliseconds.</summary>
    private const string ForgetKilledMigrations =
        """DELETE FROM "__EFMigrationsLock" WHERE julianday(substr("Timestamp", 1, 19)) < julianday('now', '-1 minutes')""";

    private const string TableNames = "SELECT name AS Value FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'";

    private const string MigrationTables = "__EFMigrations";

    /// <summary>Whether there are tables of studies; if not, there is nothing else either.</summary>
    /// <param name="context">The database.</param>
    /// <param name="address">Its address, for messages.</param>
    /// <param name="create">Whether a database without tables will do.</param>
    /// <exception cref="MmDiffusionException">The tables are somebody else's, or a newer version's, or there are none and this will not do.</exception>
    internal static bool Exist(StudyContext context, DatabaseAddress address, bool create)
    {
        var (known, applied) = (context.Database.GetMigrations().ToList(), Applied(context, address));
        var unknown = applied.Except(known).ToList();
        if (applied.Contains(known[0]))
        {
            if (unknown.Count == 0) return true;
            throw new MmDiffusionException(
                $"the studies in {address.Place} were written by a newer version of this program (it added '{unknown[0]}'), "
                + $"expected one up to '{known[^1]}'; use that version");
        }

        // A database of PostgreSQL may be shared with others, whose tables have other names.
        var others = address.IsPostgres
            ? unknown
            : [.. Tables(context).Where(table => !table.StartsWith(MigrationTables, StringComparison.Ordinal)), .. unknown];
        if (others.Count > 0)
        {
            var found = string.Join(", ", others.Take(3).Select(name => $"'{name}'"));
            throw new MmDiffusionException($"{address.Place} is no database of studies, it holds {found}; choose another, nothing was written to it");
        }

        if (!create) throw new MmDiffusionException($"{address.Place} holds no studies; check the address, or make a study first");
        return false;
    }

    /// <summary>Whether an older version made them.</summary>
    internal static bool AreOld(StudyContext context) => context.Database.GetPendingMigrations().Any();

    /// <summary>Makes the tables, or brings them up to date.</summary>
    internal static void Migrate(StudyContext context)
    {
        if (context.Database.IsSqlite() && Tables(context).Contains($"{MigrationTables}Lock"))
            context.Database.ExecuteSqlRaw(ForgetKilledMigrations);
        context.Database.Migrate();
    }

    private static List<string> Applied(StudyContext context, DatabaseAddress address)
    {
        // EF Core takes a file that cannot be opened for none; to ask for its tables tells why.
        if (address.IsPostgres) return [.. context.Database.GetAppliedMigrations()];
        return File.Exists(address.Connection) && Tables(context).Contains($"{MigrationTables}History")
            ? [.. context.Database.GetAppliedMigrations()]
            : [];
    }

    private static List<string> Tables(StudyContext context) => context.Database.IsSqlite()
        ? [.. context.Database.SqlQueryRaw<string>(TableNames)]
        : [];
}
