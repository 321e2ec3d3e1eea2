using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MmDiffusion.Studio.Web;

/// <summary>
/// Refuses whatever another site has a browser send: browsers tell where a request comes from. Seals in the forms are the second guard.
/// </summary>
internal static class SameOrigin
{
    internal static void UseSameOrigin(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || IsOwn(context.Request))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    private static bool IsOwn(HttpRequest request)
    {
        string? site = request.Headers["Sec-Fetch-Site"], origin = request.Headers.Origin;
        if (site is not (null or "same-origin" or "none")) return false;
        // A page that sends no referrer sends "null" as the origin of a form; then the site, which every such browser tells, has decided.
        if (origin == "null") return site is not null;
        return origin is null || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority == request.Host.Value);
    }
}
