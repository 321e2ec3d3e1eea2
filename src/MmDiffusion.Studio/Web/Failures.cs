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
                await ExplainAsync(context);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The browser went away.
            }
            catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
            {
                await Answers.Malformed(exception.StatusCode).ExecuteAsync(context);
            }
#pragma warning disable CA1031 // Failures of every kind end here.
            catch (Exception exception) when (!context.Response.HasStarted)
#pragma warning restore CA1031
            {
                LogFailure(
                    log, context.Request.Method, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText,
                    DatabaseFailure.Kind(exception), exception.StackTrace);
                await Answers.Page(
                    MessagePage.Of("Something went wrong", "Please reload the page. What was saved is not lost."),
                    StatusCodes.Status500InternalServerError).ExecuteAsync(context);
            }
        });
    }

    /// <summary>Puts failures into the log that nobody is told of.</summary>
    internal static Action<Exception> Observe(IServiceProvider services)
    {
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("MmDiffusion.Studio");
        return exception => LogBackground(log, DatabaseFailure.Kind(exception), exception.StackTrace);
    }

    /// <summary>A page for addresses that there are not, and for those that are asked in a way that they do not answer.</summary>
    private static Task ExplainAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.ContentType is not null || response.ContentLength is not null) return Task.CompletedTask;
        return response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Answers.NotFound().ExecuteAsync(context),
            StatusCodes.Status405MethodNotAllowed => Answers.Malformed(response.StatusCode).ExecuteAsync(context),
            _ => Task.CompletedTask,
        };
    }

    // Messages of exceptions may quote what a rater sent; where they arose does not.
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Route} failed: {Kind}\n{Trace}")]
    private static partial void LogFailure(ILogger log, string method, string? route, string kind, string? trace);

    [LoggerMessage(Level = LogLevel.Error, Message = "work in the background failed and continues: {Kind}\n{Trace}")]
    private static partial void LogBackground(ILogger log, string kind, string? trace);
}
