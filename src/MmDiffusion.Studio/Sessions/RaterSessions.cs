using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Sessions;

/// <summary>What raters do, from joining to leaving. Whatever a method returned after writing is on the disk.</summary>
/// <param name="database">Where the studies are.</param>
/// <param name="options">How long tasks are kept.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="log">Told of failures that no caller is told of.</param>
internal sealed partial class RaterSessions(StudyDatabase database, StudioOptions options, TimeProvider clock, ILogger<RaterSessions> log)
{
    private readonly RaterWrites _writes = new(
        database, options.Reservation, clock, exception => LogWriter(log, DatabaseFailure.Kind(exception), exception.StackTrace));

    /// <summary>How long the slowest of the commits that are being done takes already.</summary>
    internal TimeSpan Committing => _writes.Committing;

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The study that a link leads to; null where there is none.</summary>
    internal async Task<(StudyRow Study, bool TakesRaters)?> FindAsync(string joinToken, CancellationToken cancellation)
    {
        await using var context = database.Read();
        var study = await context.Studies.SingleOrDefaultAsync(row => row.JoinToken == joinToken, cancellation);
        if (study is not { State: StudyState.Open }) return study is null ? null : (study, false);
        var loads = await SessionBatch.LoadsAsync(context, study.Id, Now - (long)options.Reservation.TotalMilliseconds);
        return (study, loads.Any(load => load.Count < study.Plan.RatersPerClip));
    }

    /// <summary>Makes a rater of somebody who consented; the same one however often.</summary>
    /// <param name="studyId">Of the study.</param>
    /// <param name="token">The secret of the rater's link, see <see cref="Invitation"/>.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>Whether there was a place for the rater.</returns>
    internal Task<bool> JoinAsync(string studyId, string token, CancellationToken cancellation) => _writes.AddAsync(
        studyId, token,
        (batch, rater) =>
        {
            if (batch.Study.State != StudyState.Open) return false;
            if (rater is not null) return true;
            if (!batch.TakesRaters) return false;
            batch.Add(new RaterRow
            {
                Id = RandomId.New(),
                StudyId = studyId,
                TokenHash = RandomId.Hash(token),
                Seed = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))),
                JoinedAt = batch.Now,
            });
            return true;
        },
        cancellation);

    /// <summary>Where a rater stands; null where the link leads nowhere.</summary>
    internal async Task<RaterView?> OpenAsync(string token, CancellationToken cancellation)
    {
        StudyRow study;
        await using (var context = database.Read())
        {
            if (await FindRaterAsync(context, token, cancellation) is not { } found) return null;
            (study, var rater) = found;
            if (rater.CompletedAt is not null) return new RaterView.Finished(study, rater);
            if (study.State != StudyState.Open) return new RaterView.Waiting(study, rater);
            if (rater.SoundPassedAt is null) return new RaterView.Listening(study, rater);
            var kept = Now - (long)options.Reservation.TotalMilliseconds / 2;
            var open = await context.Tasks.SingleOrDefaultAsync(
                row => row.RaterId == rater.Id && row.AnsweredAt == null && row.AssignedAt > kept,
                cancellation);
            if (open is not null) return Rating(study, rater, open);
        }

        return await WriteAsync<RaterView?>(
            study.Id,
            token,
            null,
            (batch, rater) =>
                Assignment.Next(batch, rater) is { } task ? Rating(batch.Study, rater, task) : new RaterView.Finished(batch.Study, rater),
            cancellation);
    }

    /// <summary>
    /// Takes the answers to the sound check; those to sounds of an earlier attempt, which arrive late or twice, count for nothing.
    /// </summary>
    /// <param name="studyId">Of the study.</param>
    /// <param name="token">The secret of the rater's link.</param>
    /// <param name="attempt">How many attempts there were before this one; null where the page did not tell.</param>
    /// <param name="beeps">How many the rater counted.</param>
    /// <param name="softest">Which of the tones of each trial was the softest.</param>
    /// <param name="cancellation">Gives up what has not begun.</param>
    /// <returns>Whether the beeps were counted right; null where the link leads nowhere.</returns>
    internal Task<bool?> CheckSoundAsync(
        string studyId,
        string token,
        int? attempt,
        int beeps,
        IReadOnlyList<int> softest,
        CancellationToken cancellation) => WriteAsync<bool?>(
        studyId, token, null,
        (batch, rater) =>
        {
            if (rater.SoundPassedAt is not null) return true;
            if (attempt is not null && attempt != rater.SoundAttempts) return false;
            var passed = beeps == SoundCheck.BeepCount(batch.Study, rater);
            if (passed)
            {
                rater.Headphones = Enumerable.Range(0, SoundCheck.Trials).All(trial =>
                    softest[trial] == SoundCheck.SoftestTone(batch.Study, rater, trial));
                rater.SoundPassedAt = batch.Now;
            }

            rater.SoundAttempts++;
            return passed;
        },
        cancellation);

    /// <summary>Takes an answer, and chooses what comes next in the same write.</summary>
    internal Task<AnswerOutcome> AnswerAsync(
        string studyId,
        string token,
        string taskId,
        Submission submission,
        CancellationToken cancellation) => WriteAsync(
        studyId, token, AnswerOutcome.Unknown,
        (batch, rater) =>
        {
            if (batch.TasksOf(rater).FirstOrDefault(row => row.Id == taskId) is not { } task) return AnswerOutcome.Unknown;
            if (task.AnsweredAt is not null) return AnswerOutcome.Repeated;
            if (batch.Study.State != StudyState.Open) return AnswerOutcome.NotOpen;
            if (!WasPlayed(batch, task, submission)) return AnswerOutcome.NotPlayed;
            if (!batch.IsFree(task)) return AnswerOutcome.TakenOver;
            batch.Answer(task, ToRow(batch.Study, task, submission));
            Assignment.Next(batch, rater);
            return AnswerOutcome.Stored;
        },
        cancellation);

    /// <summary>Deletes a rater and everything they answered.</summary>
    /// <returns>What is left of it.</returns>
    internal async Task<Traces> WithdrawAsync(string studyId, string token, CancellationToken cancellation)
    {
        var hash = RandomId.Hash(token);
        var deleted = await database.DeleteAsync(
            studyId,
            context => context.Raters.Where(row => row.TokenHash == hash).ExecuteDeleteAsync(),
            cancellation);
        return deleted.Traces;
    }

    /// <summary>Answers a deletion that was done before, of which the form alone is left.</summary>
    /// <returns>What is left of the rater now; null where the receipt is not that of the link.</returns>
    internal async Task<Traces?> RepeatWithdrawalAsync(string token, string receipt, CancellationToken cancellation)
    {
        if (WithdrawalReceipt.StudyOf(receipt) is not { } studyId) return null;
        await using (var context = database.Read())
        {
            if (await context.Studies.SingleOrDefaultAsync(row => row.Id == studyId, cancellation) is not { } study) return null;
            if (!WithdrawalReceipt.Fits(study, token, receipt)) return null;
        }

        return await WithdrawAsync(studyId, token, cancellation);
    }

    /// <summary>The clip under one of the names that the rater's open task gives; null where there is none.</summary>
    internal async Task<(string ClipId, string Ticket)?> FindMediaAsync(string token, string mediaId, CancellationToken cancellation)
    {
        await using var context = database.Read();
        if (await FindRaterAsync(context, token, cancellation) is not var (study, rater)) return null;
        var found = await context.Tasks
            .Where(task =>
                task.RaterId == rater.Id && task.AnsweredAt == null && (task.FirstMedia == mediaId || task.SecondMedia == mediaId))
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

    private static async Task<(StudyRow Study, RaterRow Rater)?> FindRaterAsync(
        StudyContext context,
        string token,
        CancellationToken cancellation)
    {
        var hash = RandomId.Hash(token);
        var found = await context.Raters.Where(row => row.TokenHash == hash)
            .Join(context.Studies, row => row.StudyId, row => row.Id, (rater, study) => new { Rater = rater, Study = study })
            .SingleOrDefaultAsync(cancellation);
        return found is null ? null : (found.Study, found.Rater);
    }

    private Task<T> WriteAsync<T>(
        string studyId,
        string token,
        T unknown,
        Func<SessionBatch, RaterRow, T> work,
        CancellationToken cancellation) =>
        _writes.AddAsync(studyId, token, (batch, rater) => rater is null ? unknown : work(batch, rater), cancellation);

    private static bool WasPlayed(SessionBatch batch, TaskRow task, Submission submission)
    {
        var study = batch.Study;
        string[] media = task.SecondMedia is { } second ? [task.FirstMedia, second] : [task.FirstMedia];
        return submission.Tickets.Count == media.Length
            && media.Zip(submission.Tickets).All(pair =>
                PlayTicket.Proves(study.Secret, pair.First, pair.Second, batch.Now, study.ClipSeconds))
            // One after the other takes as long as both.
            && media.Zip(submission.Tickets).Any(pair =>
                PlayTicket.Proves(study.Secret, pair.First, pair.Second, batch.Now, study.ClipSeconds * media.Length));
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

    [LoggerMessage(Level = LogLevel.Error, Message = "the writer of a study failed and continues: {Kind}\n{Trace}")]
    private static partial void LogWriter(ILogger log, string kind, string? trace);
}

/// <summary>Where a rater stands, and what there is to see now.</summary>
internal abstract record RaterView(StudyRow Study, RaterRow Rater)
{
    /// <summary>The study takes no answers now.</summary>
    internal sealed record Waiting(StudyRow Study, RaterRow Rater) : RaterView(Study, Rater);

    /// <summary>The sound is to be checked first.</summary>
    internal sealed record Listening(StudyRow Study, RaterRow Rater) : RaterView(Study, Rater);

    /// <summary>Something is to be rated.</summary>
    internal sealed record Rating(StudyRow Study, RaterRow Rater, TaskRow Task, int Total) : RaterView(Study, Rater);

    /// <summary>Everything is done.</summary>
    internal sealed record Finished(StudyRow Study, RaterRow Rater) : RaterView(Study, Rater);
}

/// <summary>What became of an answer.</summary>
internal enum AnswerOutcome
{
    /// <summary>It is on the disk.</summary>
    Stored,

    /// <summary>An answer to the same task already was; that one counts.</summary>
    Repeated,

    /// <summary>The rater has no such task.</summary>
    Unknown,

    /// <summary>The clips were not played to their end.</summary>
    NotPlayed,

    /// <summary>The rater was away for so long that somebody else rated the clip.</summary>
    TakenOver,

    /// <summary>The study is paused or closed.</summary>
    NotOpen,
}
