using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MmDiffusion.Generation;
using MmDiffusion.Media;

namespace MmDiffusion;

/// <summary>
/// Makes video with audio, audio for video and video for audio: a joint model with its upscaler, ready for a program. Work runs on threads
/// of its own and can be cancelled within one network call. Safe to share: requests may run at the same time, and make the same clips as
/// one after another. Dispose it after the last request.
/// </summary>
/// <example>
/// <code>
/// await using var pipeline = await AudioVideoPipeline.LoadAsync();
/// await foreach (var clip in pipeline.GenerateAsync(new GenerationOptions { Count = 2, Seed = 7 }))
///     await clip.SaveAsync($"clip-{clip.Manifest.Seed}.mp4");
/// </code>
/// </example>
public sealed class AudioVideoPipeline : IDisposable, IAsyncDisposable
{
    private readonly GenerationModels _models;

    private AudioVideoPipeline(GenerationModels models) => _models = models;

    /// <summary>What the joint model makes: sizes, rates, labels.</summary>
    public ModelDescription Model => _models.Joint.Directory.Description;

    /// <summary>How frames are enlarged; null where they are not.</summary>
    public ModelDescription? Upscaler => _models.Upscaler?.Directory.Description;

    /// <summary>Loads a model.</summary>
    /// <param name="options">Which, and how; null for the embedded model on the CPU.</param>
    /// <param name="cancellation">Looked at before the networks are read.</param>
    /// <exception cref="ModelNotFoundException">There is no such model.</exception>
    /// <exception cref="MmDiffusionException">Its files cannot be read, or do not fit its description.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<AudioVideoPipeline> LoadAsync(PipelineOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new PipelineOptions();
        return OnOwnThread(() =>
        {
            var upscaler = options.HasUpscaler ? options.Upscaler : GenerationModels.NoUpscaler;
            var (joint, enlarger) = GenerationModels.Find(options.Model, upscaler);
            using var activity = PipelineTelemetry.Start("load", joint.Name);
            cancellation.ThrowIfCancellationRequested();
            return new AudioVideoPipeline(GenerationModels.LoadFound(joint, enlarger, options.Compute));
        });
    }

    /// <summary>Makes clips out of nothing but seeds, each given as soon as it is finished.</summary>
    /// <param name="options">What and how; null for one clip of seed 0.</param>
    /// <param name="progress">Told of every network call.</param>
    /// <param name="cancellation">Looked at before every network call.</param>
    /// <exception cref="InvalidSettingsException">At the call: names every setting that does not suit the model.</exception>
    /// <exception cref="MmDiffusionException">While enumerating: a model computes NaN, or memory does not suffice.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: it was cancelled.</exception>
    public IAsyncEnumerable<GeneratedClip> GenerateAsync(
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellation = default) => Run(Checked(options), _ => null, progress, cancellation);

    /// <summary>Makes audio for video, which the clips keep as it is.</summary>
    /// <param name="video">A path, a stream or frames; its audio is ignored.</param>
    /// <param name="options">What and how, <see cref="GenerationOptions.Given"/> aside; null for one clip of seed 0.</param>
    /// <param name="progress">Told of every network call.</param>
    /// <param name="cancellation">Looked at before every network call.</param>
    /// <exception cref="InvalidSettingsException">At the call: names every setting that does not suit the model.</exception>
    /// <exception cref="MmDiffusionException">While enumerating: the video is of no use, or a model computes NaN.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: it was cancelled.</exception>
    public IAsyncEnumerable<GeneratedClip> GenerateAudioAsync(
        MediaInput video,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(video);
        return Run(Checked(options), stop => video.Read(video: true, Model, stop), progress, cancellation);
    }

    /// <summary>Makes video for audio, which the clips keep as it is.</summary>
    /// <param name="audio">A path, a stream or samples; its video is ignored.</param>
    /// <param name="options">What and how, <see cref="GenerationOptions.Given"/> aside; null for one clip of seed 0.</param>
    /// <param name="progress">Told of every network call.</param>
    /// <param name="cancellation">Looked at before every network call.</param>
    /// <exception cref="InvalidSettingsException">At the call: names every setting that does not suit the model.</exception>
    /// <exception cref="MmDiffusionException">While enumerating: the audio is of no use, or a model computes NaN.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: it was cancelled.</exception>
    public IAsyncEnumerable<GeneratedClip> GenerateVideoAsync(
        MediaInput audio,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(audio);
        return Run(Checked(options), stop => audio.Read(video: false, Model, stop), progress, cancellation);
    }

    /// <summary>Enlarges the frames of a video; its audio stays as it is.</summary>
    /// <param name="video">A path, a stream or frames, of the size that the upscaler enlarges or a larger one.</param>
    /// <param name="options">How; null for the fast profile.</param>
    /// <param name="seed">Decides the noise.</param>
    /// <param name="progress">Told of every network call.</param>
    /// <param name="cancellation">Looked at before every network call.</param>
    /// <exception cref="InvalidOperationException">The pipeline has no upscaler.</exception>
    /// <exception cref="MmDiffusionException">A setting or the video does not suit, or as for <see cref="GenerateAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<GeneratedClip> UpscaleAsync(
        MediaInput video,
        UpscalingOptions? options = null,
        ulong seed = 0,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(video);
        var upscaler = _models.Upscaler ?? throw new InvalidOperationException("the pipeline was loaded without an upscaler");
        options ??= new UpscalingOptions();
        options.Validate(upscaler.Directory.Description);
        return OnOwnThread(() =>
        {
            using var activity = PipelineTelemetry.Start("upscale", upscaler.Directory.Name);
            return video.WithFile(
                path => new FileUpscaler(upscaler).Upscale(
                    path, video.Streams, video.Start, frameCount: null, seed, options, Report(progress), cancellation),
                cancellation);
        });
    }

    /// <summary>Frees the networks, at once or when the last request that uses them is over.</summary>
    public void Dispose() => _models.Dispose();

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private GenerationOptions Checked(GenerationOptions? options)
    {
        options ??= new GenerationOptions();
        options.Validate(Model, Upscaler);
        return options;
    }

    private static Action<GenerationProgress>? Report(IProgress<GenerationProgress>? progress) => progress is null ? null : progress.Report;

    /// <summary>Runs a request on a thread of its own, which waits while the reader is behind by more than a clip.</summary>
    private async IAsyncEnumerable<GeneratedClip> Run(
        GenerationOptions options,
        Func<CancellationToken, GivenClip?> read,
        IProgress<GenerationProgress>? progress,
        CancellationToken cancellation,
        [EnumeratorCancellation] CancellationToken ofReader = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, ofReader);
        var finished = Channel.CreateBounded<GeneratedClip>(1);
        var work = OnOwnThread(() =>
        {
            try
            {
                using var activity = PipelineTelemetry.Start("generate", _models.Joint.Directory.Name);
                using var given = read(stop.Token);
                new ClipGenerator(_models.Joint, _models.Upscaler).Generate(
                    given is null ? options : options with { Given = given },
                    clip =>
                    {
                        PipelineTelemetry.Count(clip);
                        finished.Writer.WriteAsync(clip, stop.Token).AsTask().GetAwaiter().GetResult();
                    },
                    Report(progress),
                    stop.Token);
                finished.Writer.Complete();
            }
#pragma warning disable CA1031 // It is thrown where the clips are read.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                finished.Writer.Complete(exception);
            }
            return true;
        });
        try
        {
            await foreach (var clip in finished.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false)) yield return clip;
        }
        finally
        {
            // Whoever stops reading stops the work, and its thread is over when this returns.
            await stop.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(false);
        }
    }

    private static Task<T> OnOwnThread<T>(Func<T> work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}

/// <summary>Which model, and how it computes.</summary>
public sealed record PipelineOptions
{
    /// <summary>
    /// A model's folder, or its name in one of the <see cref="ModelDirectory.Libraries"/>; null, the default, for the embedded model.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>Folder or name of the upscaler; null, the default, for the model's own, if it has one.</summary>
    public string? Upscaler { get; init; }

    /// <summary>Whether frames are enlarged. True by default.</summary>
    public bool HasUpscaler { get; init; } = true;

    /// <summary>Device and precision. The CPU by default, and what suits its processor.</summary>
    public ModelOptions Compute { get; init; } = new();
}

/// <summary>What OpenTelemetry and other listeners can follow, under the name of <see cref="Name"/>.</summary>
public static class PipelineTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "MmDiffusion";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Clips =
        Meter.CreateCounter<long>("mmdiffusion.clips", "{clip}", "Clips that were finished");

    private static readonly Histogram<double> Seconds =
        Meter.CreateHistogram<double>("mmdiffusion.clip.duration", "s", "Time of computing a clip, its share of a batch");

    internal static Activity? Start(string work, string model) =>
        Source.StartActivity($"mmdiffusion.{work}")?.SetTag("mmdiffusion.model", model);

    internal static void Count(GeneratedClip clip)
    {
        Clips.Add(1);
        Seconds.Record(clip.Manifest.Times.Sampling / clip.Manifest.Batch + clip.Manifest.Times.Upscaling);
    }
}
