using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Administration;

/// <summary>What whoever runs a study can do with it.</summary>
internal sealed class StudyAdministration(StudyDatabase database)
{
    /// <summary>The study that a token opens; null where there is none.</summary>
    internal async Task<StudyRow?> FindByTokenAsync(string token, CancellationToken cancellation)
    {
        var hash = RandomId.Hash(token);
        await using var context = database.Read();
        return await context.Studies.AsNoTracking().SingleOrDefaultAsync(row => row.AdminHash == hash, cancellation);
    }

    /// <summary>A study by its key; null where there is none.</summary>
    internal async Task<StudyRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var context = database.Read();
        return await context.Studies.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>How far a study is.</summary>
    internal async Task<StudyProgress> ProgressAsync(StudyRow study, CancellationToken cancellation)
    {
        await using var context = database.Read();
        var raters = context.Raters.Where(row => row.StudyId == study.Id);
        var ratings = await context.Items.Where(item => item.StudyId == study.Id && item.Role == Role.Scored)
            .Select(item => context.Tasks.Count(task => task.ItemId == item.Id && task.Role == Role.Scored && task.AnsweredAt != null))
            .ToListAsync(cancellation);
        var wanted = study.Plan.RatersPerClip;
        return new StudyProgress(
            StateWord(study.State),
            await raters.CountAsync(cancellation),
            await raters.CountAsync(row => row.SoundPassedAt != null, cancellation),
            await raters.CountAsync(row => row.CompletedAt != null, cancellation),
            ratings.Sum(), ratings.Count * wanted, ratings.Count(count => count >= wanted), ratings.Count);
    }

    /// <summary>Opens, pauses or closes a study.</summary>
    internal Task SetStateAsync(StudyRow study, StudyState state, CancellationToken cancellation) => database.WriteAsync(
        study.Id,
        context => context.Studies.Where(row => row.Id == study.Id).ExecuteUpdateAsync(row => row.SetProperty(entry => entry.State, state)),
        cancellation);

    /// <summary>Deletes a rater, whose answers go with them.</summary>
    /// <returns>What is left of them; null where there was no rater of that completion code.</returns>
    internal async Task<Traces?> DeleteRaterAsync(StudyRow study, string completionCode, CancellationToken cancellation)
    {
        // PostgreSQL takes no text with zero characters.
        if (!completionCode.All(char.IsAsciiLetterOrDigit)) return null;
        var (deleted, traces) = await database.DeleteAsync(
            study.Id,
            context => context.Raters.Where(row => row.StudyId == study.Id && row.CompletionCode == completionCode).ExecuteDeleteAsync(),
            cancellation);
        return deleted > 0 ? traces : null;
    }

    /// <summary>Remembers that somebody logged out.</summary>
    /// <param name="study">What they administered.</param>
    /// <param name="session">Of their cookie.</param>
    /// <param name="until">When the cookie expires, in seconds since 1970.</param>
    /// <param name="cancellation">Stops.</param>
    internal Task EndSessionAsync(StudyRow study, string session, long until, CancellationToken cancellation) => database.WriteAsync(
        study.Id,
        async context =>
        {
            var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            await context.EndedSessions.Where(row => row.Until < now).ExecuteDeleteAsync(cancellation);
            if (!await context.EndedSessions.AnyAsync(row => row.Id == session, cancellation))
                context.EndedSessions.Add(new EndedSessionRow { Id = session, Until = until });
            return 0;
        },
        cancellation);

    /// <summary>Whether somebody logged out of a session.</summary>
    internal async Task<bool> HasEndedAsync(string session, CancellationToken cancellation)
    {
        await using var context = database.Read();
        return await context.EndedSessions.AnyAsync(row => row.Id == session, cancellation);
    }

    internal static string StateWord(StudyState state) => state switch
    {
        StudyState.Open => "open",
        StudyState.Paused => "paused",
        _ => "closed",
    };
}

/// <summary>How far a study is.</summary>
/// <param name="State">open, paused or closed.</param>
/// <param name="Joined">People who gave consent.</param>
/// <param name="SoundPassed">Of these, with working sound.</param>
/// <param name="Completed">Of these, who answered everything.</param>
/// <param name="Ratings">Scored ratings so far.</param>
/// <param name="Wanted">Scored ratings when it is done.</param>
/// <param name="ItemsDone">Clips or pairs that have all their ratings.</param>
/// <param name="Items">Clips or pairs.</param>
internal sealed record StudyProgress(
    string State,
    int Joined,
    int SoundPassed,
    int Completed,
    int Ratings,
    int Wanted,
    int ItemsDone,
    int Items);
