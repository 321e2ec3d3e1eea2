using Microsoft.EntityFrameworkCore;
using MmDiffusion.Media;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Storage;

/// <summary>Whose tables a database holds, looked at before anything is written to it.</summary>
internal static class StudyTables
{
    /// <summary>EF Core waits for ever for a migration that was killed; ours take milliseconds.</summary>
    private const string ForgetKilledMigrations =
        """DELETE FROM "__EFMigrationsLock" WHERE julianday(substr("Timestamp", 1, 19)) < julianday('now', '-1 minutes')""";

    private const string TableNames = "SELECT name AS Value FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE "
        + "'sqlite_%'";

    private const string MigrationTables = "__EFMigrations";

    /// <summary>Whether there are tables of studies; if not, there is nothing else either.</summary>
    /// <param name="context">The database.</param>
    /// <param name="address">Its address, for messages.</param>
    /// <param name="create">Whether a database without tables will do.</param>
    /// <exception cref="MmDiffusionException">
    /// The tables are somebody else's, or a newer version's, or there are none and this will not do.
    /// </exception>
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
            throw new MmDiffusionException(
                $"{address.Place} is no database of studies, it holds {found}; choose another, nothing was written to it");
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

/// <summary>The answer to a task; its key is the task's, so that there cannot be two.</summary>
internal sealed class AnswerRow
{
    public required string TaskId { get; init; }

    /// <summary>In the order of the questions. Of a pair: 1 for clip A, whichever was shown first.</summary>
    public required int Value1 { get; init; }

    public int? Value2 { get; init; }

    public int? Value3 { get; init; }

    /// <summary>Names of reasons, separated by spaces.</summary>
    public required string Reasons { get; init; }

    public required string Comment { get; init; }

    /// <summary>From the end of the clip to the answer, as the browser measured it.</summary>
    public required double Seconds { get; init; }

    /// <summary>How often the clip was played to its end, as the browser counted.</summary>
    public required int Plays { get; init; }

    internal IReadOnlyList<int> Values => [.. new[] { Value1, Value2, Value3 }.OfType<int>()];
}

/// <summary>A clip as raters get it.</summary>
internal sealed class ClipRow
{
    public required string Id { get; init; }

    public required string StudyId { get; init; }

    /// <summary>Label of the system that made it; empty for an attention check.</summary>
    public required string System { get; init; }

    /// <summary>Name of the file it was made of.</summary>
    public required string Source { get; init; }
}

/// <summary>A session of an administrator who logged out, kept as long as its cookie would be good.</summary>
internal sealed class EndedSessionRow
{
    public required string Id { get; init; }

    /// <summary>When the cookie expires, in seconds since 1970, UTC.</summary>
    public required long Until { get; init; }
}

/// <summary>What is rated at once: a clip, or a pair of clips.</summary>
internal sealed class ItemRow
{
    public required string Id { get; init; }

    public required string StudyId { get; init; }

    /// <summary><see cref="Role.Scored"/> or <see cref="Role.Attention"/>.</summary>
    public required Role Role { get; init; }

    /// <summary>Its system, or both of a pair: raters are shown these as evenly as possible.</summary>
    public required string Stratum { get; init; }

    public required string ClipA { get; init; }

    public string? ClipB { get; init; }

    /// <summary>What an attention check tells to answer; of a pair, 1 for clip A.</summary>
    public int? Expected { get; init; }
}

/// <summary>The bytes of a clip, apart from it so that they are read only to be sent.</summary>
internal sealed class MediaRow
{
    public required string ClipId { get; init; }

    public required byte[] Bytes { get; init; }
}

/// <summary>A person who gave consent. Nothing here tells who.</summary>
internal sealed class RaterRow
{
    public required string Id { get; init; }

    public required string StudyId { get; init; }

    /// <summary>Of the secret in the rater's link, see <see cref="Studies.RandomId.Hash"/>.</summary>
    public required string TokenHash { get; init; }

    /// <summary>Of the rater's order.</summary>
    public required long Seed { get; init; }

    public required long JoinedAt { get; init; }

    public int SoundAttempts { get; set; }

    public long? SoundPassedAt { get; set; }

    /// <summary>Whether the headphone check was passed.</summary>
    public bool? Headphones { get; set; }

    public long? CompletedAt { get; set; }

    public string? CompletionCode { get; set; }
}

/// <summary>A study. Times are milliseconds since 1970, UTC, the same in every database.</summary>
internal sealed class StudyRow
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string PlanJson { get; init; }

    public StudyState State { get; set; }

    /// <summary>The part of the link by which raters join.</summary>
    public required string JoinToken { get; init; }

    /// <summary>See <see cref="RandomId.Hash"/>.</summary>
    public required string AdminHash { get; init; }

    /// <summary>Signs what the server hands out and wants back; shared by all servers of the database.</summary>
    public required byte[] Secret { get; init; }

    /// <summary>Length of every clip.</summary>
    public required double ClipSeconds { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required long CreatedAt { get; init; }

    internal StudyPlan Plan => field ??= StudyPlan.FromJson(PlanJson);
}

/// <summary>An item that a rater is to rate, or has rated.</summary>
internal sealed class TaskRow
{
    public required string Id { get; init; }

    public required string StudyId { get; init; }

    public required string RaterId { get; init; }

    public required string ItemId { get; init; }

    /// <summary>Place in the rater's order, from 0.</summary>
    public required int Position { get; init; }

    public required Role Role { get; init; }

    /// <summary>Whether clip B of a pair is shown first.</summary>
    public required bool Swapped { get; init; }

    /// <summary>The name of the first clip in the rater's browser; no other task has it.</summary>
    public required string FirstMedia { get; init; }

    public string? SecondMedia { get; init; }

    /// <summary>The place is kept for the rater from here on, for a while.</summary>
    public required long AssignedAt { get; set; }

    public long? AnsweredAt { get; set; }
}
