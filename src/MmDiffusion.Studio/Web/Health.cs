using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Web;

/// <summary>
/// For whoever watches whether the server is well: whether raters' answers would be stored now. It asks the database for a write of no
/// consequence, at most one at a time and one a second, however often it is asked.
/// </summary>
internal sealed partial class Health(StudyDatabase database, RaterSessions sessions, TimeProvider clock, ILogger<Health> log)
{
    /// <summary>Raters wait no longer for an answer than for a page that does not come.</summary>
    private static readonly TimeSpan LongestCommit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task<bool>? _probe;
    private long _began;
    private bool _wasWell = true;

    internal async Task<bool> IsWellAsync(CancellationToken cancellation)
    {
        if (sessions.Committing > LongestCommit) return false;
        var probe = Probe(out var left);
        try
        {
            return await probe.WaitAsync(left, cancellation);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private Task<bool> Probe(out TimeSpan left)
    {
        lock (_lock)
        {
            var age = _probe is null ? TimeSpan.MaxValue : clock.GetElapsedTime(_began);
            if (_probe is null || (_probe.IsCompleted && age > Fresh))
            {
                _probe = Task.Factory
                    .StartNew(ProbeAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                    .Unwrap();
                (_began, age) = (clock.GetTimestamp(), TimeSpan.Zero);
            }

            left = LongestProbe > age ? LongestProbe - age : TimeSpan.Zero;
            return _probe;
        }
    }

    private async Task<bool> ProbeAsync()
    {
        try
        {
            await database.ProbeWriterAsync(LongestProbe);
            _wasWell = true;
        }
#pragma warning disable CA1031 // Whatever it is, answers are not stored.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (_wasWell) LogUnwell(log, DatabaseFailure.Kind(exception));
            _wasWell = false;
        }

        return _wasWell;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "the database does not take writes: {Kind}")]
    private static partial void LogUnwell(ILogger log, string kind);
}

/// <summary>The address that monitoring asks.</summary>
internal static class HealthEndpoints
{
    internal static void MapHealth(this IEndpointRouteBuilder routes) =>
        routes.MapRead("/health", async (Health health, CancellationToken cancellation) =>
            await health.IsWellAsync(cancellation)
                ? Results.Text("ok")
                : Results.Text("answers cannot be stored now", statusCode: StatusCodes.Status503ServiceUnavailable));
}
