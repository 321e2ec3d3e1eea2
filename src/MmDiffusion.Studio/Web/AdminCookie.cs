using System.Globalization;
using Microsoft.AspNetCore.Http;
using MmDiffusion.Studio.Administration;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Web;

/// <summary>Remembers for a day that somebody gave a study's token, until they log out.</summary>
internal static class AdminCookie
{
    private const string Name = "mmdiff-admin";
    private const string Purpose = "admin";
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    internal static void Give(HttpContext context, StudyRow study)
    {
        var until = DateTimeOffset.UtcNow.Add(Lifetime);
        var claim = string.Create(CultureInfo.InvariantCulture, $"{study.Id}.{until.ToUnixTimeSeconds()}.{RandomId.New()}");
        context.Response.Cookies.Append(Name, $"{claim}.{Seal.Of(study.Secret, Purpose, claim)}", Options(context, until));
    }

    /// <summary>Ends the session, wherever else its cookie may be.</summary>
    internal static async Task TakeAsync(HttpContext context, StudyAdministration administration)
    {
        context.Response.Cookies.Delete(Name, Options(context, null));
        if (await FindAsync(context, administration) is var (study, session))
            await administration.EndSessionAsync(study, session.Id, session.Until, context.RequestAborted);
    }

    /// <summary>The study that the request may administer; null where it may none.</summary>
    internal static async Task<StudyRow?> ReadAsync(HttpContext context, StudyAdministration administration) =>
        (await FindAsync(context, administration))?.Study;

    private static async Task<(StudyRow Study, (string Id, long Until) Session)?> FindAsync(
        HttpContext context,
        StudyAdministration administration)
    {
        if (context.Request.Cookies[Name]?.Split('.') is not [var id, var until, var session, var seal]) return null;
        if (!RandomId.IsWellFormed(id) || !RandomId.IsWellFormed(session)) return null;
        if (!long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            || time < DateTimeOffset.UtcNow.ToUnixTimeSeconds()) return null;
        if (await administration.FindAsync(id, context.RequestAborted) is not { } study) return null;
        if (!Seal.Fits(study.Secret, Purpose, $"{id}.{until}.{session}", seal)) return null;
        return await administration.HasEndedAsync(session, context.RequestAborted) ? null : (study, (session, time));
    }

    private static CookieOptions Options(HttpContext context, DateTimeOffset? until) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        Path = "/admin",
        Expires = until,
    };
}
