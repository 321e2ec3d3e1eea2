using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Studies;
using MmDiffusion.Studio.Web.Pages;

namespace MmDiffusion.Studio.Web;

/// <summary>The link that everybody gets: instructions and consent.</summary>
internal static class JoinEndpoints
{
    internal static void MapJoin(this IEndpointRouteBuilder routes)
    {
        routes.MapRead("/s/{join}", Show);
        routes.MapPost("/s/{join}", Join).RequireRateLimiting(RateLimits.Join);
    }

    private static async Task<IResult> Show(string join, RaterSessions sessions, GuessGuard guard, HttpContext context)
    {
        if (!RandomId.IsWellFormed(join) || await sessions.FindAsync(join, context.RequestAborted) is not var (study, takesRaters))
            return guard.Refuse(context);
        return Answers.Page(takesRaters ? ConsentPage.Of(study, Invitation.Issue(study)) : MessagePage.Full(study.State));
    }

    private static async Task<IResult> Join(string join, RaterSessions sessions, GuessGuard guard, HttpContext context)
    {
        if (!RandomId.IsWellFormed(join)) return guard.Refuse(context);
        if (await PostedForm.ReadAsync(context.Request, context.RequestAborted) is not { } form || !form.IsTicked(ConsentPage.Consent))
            return Answers.Malformed();
        if (await sessions.FindAsync(join, context.RequestAborted) is not var (study, _)) return guard.Refuse(context);
        if (Invitation.Redeem(study, form.Text(ConsentPage.Invitation)) is not { } token) return Answers.Malformed();
        return await sessions.JoinAsync(study.Id, token, context.RequestAborted)
            ? Answers.SeeOther($"/r/{token}")
            : Answers.Page(MessagePage.Full(study.State));
    }
}
