using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MmDiffusion.Generation;
using MmDiffusion.Testing.Models;

namespace MmDiffusion.Hosting.Tests;

[Trait("group", "unit")]
public sealed class PipelineProviderTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private static readonly GenerationOptions Quick = new()
    {
        Sampler = "ddim",
        Steps = 1,
        Upscaling = new UpscalingOptions { Sampler = "ddim", Steps = 1 },
    };

    private readonly Sink _sink = new();

    [Fact]
    public async Task All_who_ask_share_one_pipeline_that_ends_with_the_host()
    {
        var host = Host(services => services.AddMmDiffusion(new PipelineOptions { Model = model.Folder }).AddMmDiffusion());
        var provider = host.GetRequiredService<PipelineProvider>();
        Assert.Empty(_sink.Lines);
        var pipelines = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => provider.GetAsync(Stop)));
        Assert.All(pipelines, pipeline => Assert.Same(pipelines[0], pipeline));
        await foreach (var clip in pipelines[0].GenerateAsync(Quick, cancellation: Stop)) Assert.Equal(0ul, clip.Manifest.Seed);
        Assert.Matches(@"^Information: Loaded the model .* in \d+\.\d s$", Assert.Single(_sink.Lines));
        await host.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => provider.GetAsync(Stop));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (var _ in pipelines[0].GenerateAsync(Quick)) { }
        });
    }

    [Fact]
    public async Task A_host_may_have_several_models()
    {
        await using var host = Host(services => services
            .AddMmDiffusion("large", new PipelineOptions { Model = model.Folder })
            .AddMmDiffusion("small", new PipelineOptions { Model = model.Folder, HasUpscaler = false }));
        Assert.NotNull((await host.GetRequiredKeyedService<PipelineProvider>("large").GetAsync(Stop)).Upscaler);
        Assert.Null((await host.GetRequiredKeyedService<PipelineProvider>("small").GetAsync(Stop)).Upscaler);
    }

    [Fact]
    public async Task A_failure_is_logged_and_the_next_call_tries_again()
    {
        using var folder = new TemporaryFolder();
        await using var host = Host(services => services.AddMmDiffusion(new PipelineOptions { Model = folder["late"] }));
        var provider = host.GetRequiredService<PipelineProvider>();
        await Assert.ThrowsAsync<ModelNotFoundException>(() => provider.GetAsync(Stop));
        Assert.StartsWith("Error: The model", Assert.Single(_sink.Lines), StringComparison.Ordinal);
        Directory.CreateSymbolicLink(folder["late"], model.Folder);
        Assert.Equal(TinyModel.Coupled.Frames, (await provider.GetAsync(Stop)).Model.Coupled!.Frames);
    }

    [Fact]
    public async Task Who_stops_waiting_does_not_stop_loading_for_others()
    {
        await using var host = Host(services => services.AddMmDiffusion(new PipelineOptions { Model = model.Folder }));
        var provider = host.GetRequiredService<PipelineProvider>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => provider.GetAsync(new CancellationToken(canceled: true)));
        Assert.NotNull(await provider.GetAsync(Stop));
        Assert.Single(_sink.Lines);
    }

    public void Dispose() => _sink.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ServiceProvider Host(Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(_sink));
        add(services);
        return services.BuildServiceProvider();
    }

    private sealed class Sink : ILoggerProvider, ILogger
    {
        internal ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel}: {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}
