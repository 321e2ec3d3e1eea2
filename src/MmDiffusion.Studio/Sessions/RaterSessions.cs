using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Sessions;

/// <summary>What raters do, from joining to leaving. Whatever a method returned after writing is on the disk.</summary>
/// <param name="database">Where the studies are.</param>
/// <param name="options">How long tasks are kept.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class RaterSessions(StudyDatabase database, StudioOptions options, TimeProvider clock)
{
    private readonly Assignment _assignment = new(options.Reservation);

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The study that a link leads to; null where there is none.</summary>
    internal async Task<(StudyRow Study, bool HasRoom)?> FindAsync(string joinToken, CancellationToken cancellation)
    {
        await using var context = database.Read();
        var study = await context.Studies.AsNoTracking().SingleOrDefaultAsync(row => row.JoinToken == joinToken, cancellation);
        return study is null ? null : (study, study.State == StudyState.Open && await _assignment.HasRoomAsync(context, study, Now, cancellation));
    }

    /// <summary>Makes a rater of somebody who consented; the same one however often.</summary>
    /// <param name="joinToken">Of the study.</param>
    /// <param name="token">The secret of the rater's link, see <see cref="Invitation"/>.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>Whether there was a place for the rater.</returns>
    internal Task<bool> JoinAsync(string joinToken, string token, CancellationToken cancellation) => database.WriteAsync(
        async context =>
        {
            var study = await context.Studies.SingleOrDefaultAsync(row => row.JoinToken == joinToken && row.State == StudyState.Open, cancellation);
            if (study is null) return false;
            await database.LockAsync(context, study.Id, cancellation);
            var hash = RandomId.Hash(token);
            if (await context.Raters.AnyAsync(row => row.TokenHash == hash, cancellation)) return true;
            if (!await _assignment.HasRoomAsync(context, study, Now, cancellation)) return false;
            context.Raters.Add(new RaterRow
            {
                Id = RandomId.New(),
                StudyId = study.Id,
                TokenHash = hash,
                Seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))),
                JoinedAt = Now,
            });
            return true;
        },
        cancellation);

    /// <summary>Where a rater stands; null where the link leads nowhere.</summary>
    internal async Task<RaterView?> OpenAsync(string token, CancellationToken cancellation)
    {
        await using (var context = database.Read())
        {
            if (await FindRaterAsync(context, token, cancellation) is not { } found) return null;
            var (study, rater) = found;
            if (rater.CompletedAt is not null) return new RaterView.Finished(study, rater);
            if (study.State != StudyState.Open) return new RaterView.Waiting(study, rater);
            if (rater.SoundPassedAt is null) return new RaterView.Listening(study, rater);
            var kept = Now - (long)options.Reservation.TotalMilliseconds / 2;
            var open = await context.Tasks.AsNoTracking().SingleOrDefaultAsync(row => row.RaterId == rater.Id && row.AnsweredAt == null && row.AssignedAt > kept, cancellation);
            if (open is not null) return Rating(study, rater, open);
        }

        return await WriteAsync<RaterView?>(token, null, async (context, study, rater) =>
            await _assignment.NextAsync(context, study, rater, Now, cancellation) is { } task ? Rating(study, rater, task) : new RaterView.Finished(study, rater), cancellation);
    }

    /// <summary>Takes the answers to the sound check.</summary>
    /// <returns>Whether the beeps were counted right; null where the link leads nowhere.</returns>
    internal Task<bool?> CheckSoundAsync(string token, int beeps, IReadOnlyList<int> softest, CancellationToken cancellation) => WriteAsync<bool?>(
        token, null,
        (_, study, rater) =>
        {
            if (rater.SoundPassedAt is not null) return Task.FromResult<bool?>(true);
            var passed = beeps == SoundCheck.BeepCount(study, rater);
            if (passed)
            {
                rater.Headphones = Enumerable.Range(0, SoundCheck.Trials).All(trial => softest[trial] == SoundCheck.SoftestTone(study, rater, trial));
                rater.SoundPassedAt = Now;
            }

            rater.SoundAttempts++;
            return Task.FromResult<bool?>(passed);
        },
        cancellation);

    /// <summary>Takes an answer, and chooses what comes next in the same write.</summary>
    internal Task<AnswerOutcome> AnswerAsync(string token, string taskId, Submission submission, CancellationToken cancellation) => WriteAsync(
        token, AnswerOutcome.Unknown,
        async (context, study, rater) =>
        {
            var task = await context.Tasks.SingleOrDefaultAsync(row => row.Id == taskId && row.RaterId == rater.Id, cancellation);
            if (task is null) return AnswerOutcome.Unknown;
            if (task.AnsweredAt is not null) return AnswerOutcome.Repeated;
            if (study.State != StudyState.Open) return AnswerOutcome.NotOpen;
            if (!WasPlayed(study, task, submission)) return AnswerOutcome.NotPlayed;
            if (!await _assignment.IsFreeAsync(context, study, task, Now, cancellation)) return AnswerOutcome.TakenOver;
            task.AnsweredAt = Now;
            context.Answers.Add(ToRow(study, task, submission));
            await context.SaveChangesAsync(cancellation);
            await _assignment.NextAsync(context, study, rater, Now, cancellation);
            return AnswerOutcome.Stored;
        },
        cancellation);

    /// <summary>Deletes a rater and everything they answered.</summary>
    internal async Task WithdrawAsync(string token, CancellationToken cancellation)
    {
        var hash = RandomId.Hash(token);
        await database.WriteAsync(context => context.Raters.Where(row => row.TokenHash == hash).ExecuteDeleteAsync(cancellation), cancellation);
    }

    /// <summary>The clip under one of the names that the rater's open task gives; null where there is none.</summary>
    internal async Task<(string ClipId, string Ticket)?> FindMediaAsync(string token, string mediaId, CancellationToken cancellation)
    {
        await using var context = database.Read();
        if (await FindRaterAsync(context, token, cancellation) is not var (study, rater)) return null;
        var found = await context.Tasks.AsNoTracking()
            .Where(task => task.RaterId == rater.Id && task.AnsweredAt == null && (task.FirstMedia == mediaId || task.SecondMedia == mediaId))
            .Join(context.Items, task => task.ItemId, item => item.Id, (task, item) => new { Task = task, Item = item })
            .SingleOrDefaultAsync(cancellation);
        if (found is null) return null;
        var isB = found.Task.Swapped == (mediaId == found.Task.FirstMedia) && found.Item.ClipB is not null;
        return (isB ? found.Item.ClipB! : found.Item.ClipA, PlayTicket.Issue(study.Secret, mediaId, Now));
    }

    /// <summary>The study and rater of a link; null where it leads nowhere.</summary>
    internal async Task<(StudyRow Study, RaterRow Rater)?> FindRaterAsync(string token, CancellationToken cancellation)
    {
        await using var context = database.Read();
        return await FindRaterAsync(context, token, cancellation);
    }

    private static async Task<(StudyRow Study, RaterRow Rater)?> FindRaterAsync(StudyContext context, string token, CancellationToken cancellation)
    {
        var hash = RandomId.Hash(token);
        var found = await context.Raters.Where(row => row.TokenHash == hash)
            .Join(context.Studies, row => row.StudyId, row => row.Id, (rater, study) => new { Rater = rater, Study = study })
            .SingleOrDefaultAsync(cancellation);
        return found is null ? null : (found.Study, found.Rater);
    }

    private Task<T> WriteAsync<T>(string token, T unknown, Func<StudyContext, StudyRow, RaterRow, Task<T>> work, CancellationToken cancellation) => database.WriteAsync(
        async context =>
        {
            var hash = RandomId.Hash(token);
            var studyId = await context.Raters.Where(row => row.TokenHash == hash).Select(row => row.StudyId).SingleOrDefaultAsync(cancellation);
            if (studyId is null) return unknown;
            await database.LockAsync(context, studyId, cancellation);
            // Read only now: until the lock was there, another server may have written.
            return await FindRaterAsync(context, token, cancellation) is var (study, rater) ? await work(context, study, rater) : unknown;
        },
        cancellation);

    private bool WasPlayed(StudyRow study, TaskRow task, Submission submission)
    {
        string[] media = task.SecondMedia is { } second ? [task.FirstMedia, second] : [task.FirstMedia];
        return submission.Tickets.Count == media.Length
            && media.Zip(submission.Tickets).All(pair => PlayTicket.Proves(study.Secret, pair.First, pair.Second, Now, study.ClipSeconds))
            // One after the other takes as long as both.
            && media.Zip(submission.Tickets).Any(pair => PlayTicket.Proves(study.Secret, pair.First, pair.Second, Now, study.ClipSeconds * media.Length));
    }

    private static RaterView.Rating Rating(StudyRow study, RaterRow rater, TaskRow task) =>
        new(study, rater, task, Math.Max(task.Position + 1, SessionOrder.Of(study.Plan, rater.Seed).Count));

    private static AnswerRow ToRow(StudyRow study, TaskRow task, Submission submission) => new()
    {
        TaskId = task.Id,
        Value1 = study.Plan.Kind == StudyKind.Pairwise && task.Swapped ? 3 - submission.Values[0] : submission.Values[0],
        Value2 = submission.Values.ElementAtOrDefault(1) is > 0 and var second ? second : null,
        Value3 = submission.Values.ElementAtOrDefault(2) is > 0 and var third ? third : null,
        Reasons = string.Join(' ', submission.Reasons),
        Comment = submission.Comment,
        Seconds = submission.Seconds,
        Plays = submission.Plays,
    };
}
