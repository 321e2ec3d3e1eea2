using Microsoft.AspNetCore.Http;
using MmDiffusion.Studio.Web.Pages;

namespace MmDiffusion.Studio.Web;

/// <summary>Answers that several pages give.</summary>
internal static class Answers
{
    private const string HtmlType = "text/html; charset=utf-8";

    internal static IResult Page(Html page, int status = StatusCodes.Status200OK) => Results.Content(page.ToString(), HtmlType, statusCode: status);

    /// <summary>Goes on with a GET, so that "reload" sends nothing twice.</summary>
    internal static IResult SeeOther(string path) => new SeeOtherResult(path);

    internal static IResult NotFound() => Page(MessagePage.Of("There is nothing here", "Please check that you have the whole link. Nothing of what you answered is lost."), StatusCodes.Status404NotFound);

    internal static IResult Malformed() => Page(MessagePage.Of("This was not understood", "Please go back, reload the page and try again."), StatusCodes.Status400BadRequest);

    internal static IResult TooMany() => Page(MessagePage.Of("A moment, please", "Too many requests came from you or your network. Please wait a minute and try again."), StatusCodes.Status429TooManyRequests);

    private sealed class SeeOtherResult(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = path;
            return Task.CompletedTask;
        }
    }
}
