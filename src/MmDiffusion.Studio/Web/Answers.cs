using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Studio.Web.Pages;

namespace MmDiffusion.Studio.Web;

/// <summary>Answers that several pages give.</summary>
internal static class Answers
{
    private const string HtmlType = "text/html; charset=utf-8";
    private static readonly string[] ReadingMethods = [HttpMethods.Get, HttpMethods.Head];

    internal static IResult Page(Html page, int status = StatusCodes.Status200OK) =>
        Results.Content(page.ToString(), HtmlType, statusCode: status);

    /// <summary>An address to read from: GET, and HEAD, which the server answers by leaving out the content.</summary>
    internal static RouteHandlerBuilder MapRead(this IEndpointRouteBuilder routes, string pattern, Delegate answer) =>
        routes.MapMethods(pattern, ReadingMethods, answer);

    /// <summary>Goes on with a GET, so that "reload" sends nothing twice.</summary>
    internal static IResult SeeOther(string path) => new SeeOtherResult(path);

    internal static IResult NotFound() => Page(
        MessagePage.Of(
            "There is nothing here",
            "Please check that you have the whole link. What you answered is kept, unless you had it deleted."),
        StatusCodes.Status404NotFound);

    internal static IResult Malformed(int status = StatusCodes.Status400BadRequest) =>
        Page(MessagePage.Of("This was not understood", "Please go back, reload the page and try again."), status);

    internal static IResult TooMany() =>
        Page(
            MessagePage.Of("A moment, please", "Too many requests came from you or your network. Please wait a minute and try again."),
            StatusCodes.Status429TooManyRequests);

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
