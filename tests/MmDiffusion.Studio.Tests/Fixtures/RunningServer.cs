using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Web;

namespace MmDiffusion.Studio.Tests.Fixtures;

/// <summary>The real server on a port of its own, with its log kept.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private RunningServer(WebApplication server, LogKeeper log) => (_server, Log) = (server, log);

    internal Uri Address => new(_server.Urls.First());

    internal LogKeeper Log { get; }

    internal static async Task<RunningServer> StartAsync(StudyDatabase database, Func<StudioOptions, StudioOptions>? change = null)
    {
        var log = new LogKeeper();
        var options = new StudioOptions
        {
            Urls = "http://127.0.0.1:0",
            JoinsPerMinute = 100_000,
            RequestsPerTenSeconds = 100_000,
            GuessesPerMinute = 100_000,
        };
        var server = StudyServer.Create(database, change?.Invoke(options) ?? options, logging => logging.AddProvider(log));
        await server.StartAsync();
        return new RunningServer(server, log);
    }

    internal HttpClient NewClient() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
    }

    internal sealed class LogKeeper : ILoggerProvider, ILogger
    {
        internal ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
