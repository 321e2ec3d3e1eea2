using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MmDiffusion.Generation;
using MmDiffusion.Media;

namespace MmDiffusion.Hosting;

/// <summary>
/// A pipeline that a host shares: loaded when it is first asked for, once, and disposed with the host. Safe to use from any thread.
/// </summary>
/// <example>
/// <code>
/// builder.Services.AddMmDiffusion();
/// app.MapGet("/clip", async (PipelineProvider provider, HttpResponse response, CancellationToken stop) =&gt;
/// {
///     var pipeline = await provider.GetAsync(stop);
///     await foreach (var clip in pipeline.GenerateAsync(cancellation: stop)) await clip.WriteAsync(response.Body, cancellation: stop);
/// });
/// </code>
/// </example>
public sealed partial class PipelineProvider : IAsyncDisposable, IDisposable
{
    private readonly PipelineOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private Task<AudioVideoPipeline>? _loading;
    private bool _isDisposed;

    /// <summary>Loads nothing yet.</summary>
    /// <param name="options">Which model, and how it computes.</param>
    /// <param name="logger">Told of loading; null for nobody.</param>
    public PipelineProvider(PipelineOptions options, ILogger<PipelineProvider>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _logger) = (options, logger ?? NullLogger<PipelineProvider>.Instance);
    }

    /// <summary>The pipeline. After a failure the next call tries again.</summary>
    /// <param name="cancellation">Stops waiting; loading goes on for others.</param>
    /// <exception cref="ModelNotFoundException">There is no such model.</exception>
    /// <exception cref="MmDiffusionException">It cannot be loaded.</exception>
    /// <exception cref="ObjectDisposedException">The host is shutting down.</exception>
    public Task<AudioVideoPipeline> GetAsync(CancellationToken cancellation = default)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_loading is null or { IsFaulted: true }) _loading = LoadAsync();
            return _loading.WaitAsync(cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task<AudioVideoPipeline>? loading;
        lock (_gate)
        {
            if (_isDisposed) return;
            (_isDisposed, loading) = (true, _loading);
        }
        await _stop.CancelAsync().ConfigureAwait(false);
        _stop.Dispose();
        if (loading is null) return;
        try
        {
            await (await loading.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is MmDiffusionException or OperationCanceledException)
        {
            // Whoever asked for it was told.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task<AudioVideoPipeline> LoadAsync()
    {
        var (name, watch) = (_options.Model ?? "embedded", Stopwatch.StartNew());
        try
        {
            var pipeline = await AudioVideoPipeline.LoadAsync(_options, _stop.Token).ConfigureAwait(false);
            LogLoaded(name, watch.Elapsed.TotalSeconds);
            return pipeline;
        }
        catch (MmDiffusionException exception)
        {
            LogFailed(name, exception);
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded the model {Model} in {Seconds:0.0} s")]
    private partial void LogLoaded(string model, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "The model {Model} cannot be loaded")]
    private partial void LogFailed(string model, Exception exception);
}

/// <summary>Pipelines as services.</summary>
public static class PipelineServices
{
    /// <summary>Adds a <see cref="PipelineProvider"/>, unless there is one.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">Which model, and how it computes; null for the embedded model on the CPU.</param>
    public static IServiceCollection AddMmDiffusion(this IServiceCollection services, PipelineOptions? options = null)
    {
        services.TryAddSingleton(provider =>
            new PipelineProvider(options ?? new PipelineOptions(), provider.GetService<ILogger<PipelineProvider>>()));
        return services;
    }

    /// <summary>Adds a <see cref="PipelineProvider"/> under a key, for hosts with several models.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="key">Asked for by <c>[FromKeyedServices(key)]</c>.</param>
    /// <param name="options">Which model, and how it computes.</param>
    public static IServiceCollection AddMmDiffusion(this IServiceCollection services, string key, PipelineOptions options)
    {
        services.TryAddKeyedSingleton(key, (provider, _) =>
            new PipelineProvider(options, provider.GetService<ILogger<PipelineProvider>>()));
        return services;
    }
}
