using System.Globalization;
using Microsoft.AspNetCore.Http;
using MmDiffusion.Studio.Administration;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Web;

/// <summary>Remembers for a day that somebody gave a study's token.</summary>
internal static class AdminCookie
{
    private const string Name = "mmdiff-admin";
    private const string Purpose = "admin";
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    internal static void Give(HttpContext context, StudyRow study)
    {
        var until = DateTimeOffset.UtcNow.Add(Lifetime);
        var claim = string.Create(CultureInfo.InvariantCulture, $"{study.Id}.{until.ToUnixTimeSeconds()}");
        context.Response.Cookies.Append(Name, $"{claim}.{Seal.Of(study.Secret, Purpose, claim)}", Options(context, until));
    }

    internal static void Take(HttpContext context) => context.Response.Cookies.Delete(Name, Options(context, null));

    /// <summary>The study that the request may administer; null where it may none.</summary>
    internal static async Task<StudyRow?> ReadAsync(HttpContext context, StudyAdministration administration)
    {
        if (context.Request.Cookies[Name]?.Split('.') is not [var id, var until, var seal]) return null;
        if (!long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var time) || time < DateTimeOffset.UtcNow.ToUnixTimeSeconds()) return null;
        var study = await administration.FindAsync(id, context.RequestAborted);
        return study is not null && Seal.Fits(study.Secret, Purpose, $"{id}.{until}", seal) ? study : null;
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
