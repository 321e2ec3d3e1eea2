using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Web.Pages;

namespace MmDiffusion.Studio.Web;

/// <summary>What happens when something goes wrong: a page for the rater, and a line in the log that names no one.</summary>
internal static partial class Failures
{
    internal static void UseFailures(this IApplicationBuilder app)
    {
        var log = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("MmDiffusion.Studio");
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The browser went away.
            }
            catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
            {
                await Answers.Page(MessagePage.Of("This was not understood", "Please go back, reload the page and try again."), exception.StatusCode).ExecuteAsync(context);
            }
#pragma warning disable CA1031 // Failures of every kind end here.
            catch (Exception exception) when (!context.Response.HasStarted)
#pragma warning restore CA1031
            {
                LogFailure(log, context.Request.Method, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText, exception.GetType().Name, exception.StackTrace);
                await Answers.Page(MessagePage.Of("Something went wrong", "Please reload the page. What was saved is not lost."), StatusCodes.Status500InternalServerError).ExecuteAsync(context);
            }
        });
    }

    /// <summary>For whoever watches whether the server is well.</summary>
    internal static void MapHealth(this IEndpointRouteBuilder routes) => routes.MapGet("/health", async (StudyDatabase database, CancellationToken cancellation) =>
    {
        await using var context = database.Read();
        return await context.Database.CanConnectAsync(cancellation) ? Results.Text("ok") : Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
    });

    // Messages of exceptions may quote what a rater sent; where they arose does not.
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Route} failed: {Kind}\n{Trace}")]
    private static partial void LogFailure(ILogger log, string method, string? route, string kind, string? trace);
}
