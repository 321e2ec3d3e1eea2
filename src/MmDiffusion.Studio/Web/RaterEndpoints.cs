using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Web.Pages;

namespace MmDiffusion.Studio.Web;

/// <summary>What one rater sees and sends. Forms are answered with a redirection once their content is on the disk.</summary>
internal static class RaterEndpoints
{
    internal static void MapRater(this IEndpointRouteBuilder routes)
    {
        var rater = routes.MapGroup("/r/{token}").RequireRateLimiting(RateLimits.Rater).AddEndpointFilter(RefuseOddTokens);
        rater.MapRead("", Show);
        rater.MapPost("/answers/{task}", Answer);
        rater.MapPost("/sound", CheckSound);
        rater.MapRead("/sound/{name}", PlaySound);
        rater.MapRead("/media/{media}", PlayMedia);
        rater.MapPost("/withdraw", Withdraw);
    }

    private static async Task<IResult> Show(string token, RaterSessions sessions, GuessGuard guard, HttpContext context) =>
        await sessions.OpenAsync(token, context.RequestAborted) is { } view
            ? Answers.Page(RaterPage.Of(view, token))
            : guard.Refuse(context);

    private static async Task<IResult> Answer(string token, string task, RaterSessions sessions, GuessGuard guard, HttpContext context)
    {
        if (await PostedForm.ReadAsync(context.Request, context.RequestAborted) is not { } form) return Answers.Malformed();
        if (await sessions.FindRaterAsync(token, context.RequestAborted) is not var (study, rater)) return guard.Refuse(context);
        if (!FormSeal.Fits(study, rater, form) || SubmissionForm.Read(form, study.Plan.Kind) is not { } submission)
            return Answers.Malformed();
        return await sessions.AnswerAsync(study.Id, token, task, submission, context.RequestAborted) switch
        {
            AnswerOutcome.Stored or AnswerOutcome.Repeated => Answers.SeeOther($"/r/{token}"),
            AnswerOutcome.NotPlayed => Answers.Page(MessagePage.NotPlayed($"/r/{token}"), StatusCodes.Status422UnprocessableEntity),
            AnswerOutcome.Unknown => guard.Refuse(context),
            AnswerOutcome.TakenOver => Answers.Page(MessagePage.TakenOver($"/r/{token}"), StatusCodes.Status409Conflict),
            _ => Answers.Page(MessagePage.Full(study.State), StatusCodes.Status409Conflict),
        };
    }

    private static async Task<IResult> CheckSound(string token, RaterSessions sessions, GuessGuard guard, HttpContext context)
    {
        if (await PostedForm.ReadAsync(context.Request, context.RequestAborted) is not { } form) return Answers.Malformed();
        if (await sessions.FindRaterAsync(token, context.RequestAborted) is not var (study, rater)) return guard.Refuse(context);
        if (!FormSeal.Fits(study, rater, form) || form.Number(SoundPage.Beeps) is not { } beeps) return Answers.Malformed();
        var softest = Enumerable.Range(0, SoundCheck.Trials).Select(trial => form.Number(SoundPage.Tone(trial)) ?? 0).ToList();
        await sessions.CheckSoundAsync(study.Id, token, form.Number(SoundPage.Attempt), beeps, softest, context.RequestAborted);
        return Answers.SeeOther($"/r/{token}");
    }

    private static async Task<IResult> PlaySound(string token, string name, RaterSessions sessions, GuessGuard guard, HttpContext context)
    {
        if (await sessions.FindRaterAsync(token, context.RequestAborted) is not var (study, rater)) return guard.Refuse(context);
        return SoundPage.Find(study, rater, name) is { } wave ? Results.Bytes(wave, "audio/wav") : guard.Refuse(context);
    }

    private static async Task<IResult> PlayMedia(
        string token,
        string media,
        RaterSessions sessions,
        MediaCache cache,
        GuessGuard guard,
        HttpContext context)
    {
        if (!RandomId.IsWellFormed(media) || await sessions.FindMediaAsync(token, media, context.RequestAborted) is not var (clip, ticket))
            return guard.Refuse(context);
        // Who asks for the head has not fetched the clip.
        if (HttpMethods.IsGet(context.Request.Method)) context.Response.Headers[RatingPage.TicketHeader] = ticket;
        return new MediaResult(cache, await cache.FindAsync(clip, context.RequestAborted));
    }

    private static async Task<IResult> Withdraw(string token, RaterSessions sessions, GuessGuard guard, HttpContext context)
    {
        if (await PostedForm.ReadAsync(context.Request, context.RequestAborted) is not { } form) return Answers.Malformed();
        if (await sessions.FindRaterAsync(token, context.RequestAborted) is not var (study, rater))
        {
            // Browsers and networks send again what may have arrived.
            return await sessions.RepeatWithdrawalAsync(token, form.Text(RaterPage.Receipt), context.RequestAborted) is { } traces
                ? Answers.Page(MessagePage.Withdrawn(traces))
                : guard.Refuse(context);
        }

        if (!FormSeal.Fits(study, rater, form) || !form.IsTicked(RaterPage.Sure)) return Answers.Malformed();
        return Answers.Page(MessagePage.Withdrawn(await sessions.WithdrawAsync(study.Id, token, context.RequestAborted)));
    }

    private static ValueTask<object?> RefuseOddTokens(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        RandomId.IsWellFormed(context.HttpContext.GetRouteValue("token") as string)
            ? next(context)
            : ValueTask.FromResult<object?>(
                context.HttpContext.RequestServices.GetService(typeof(GuessGuard)) is GuessGuard guard
                    ? guard.Refuse(context.HttpContext)
                    : Answers.NotFound());
}
