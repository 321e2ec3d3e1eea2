using System.Diagnostics;
using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>
/// Generates clips: the joint model, then the upscaler if there is one. Several threads may generate at a time, each at the speed that the
/// cores leave it; <see cref="AudioVideoPipeline"/> is the asynchronous way.
/// </summary>
/// <param name="model">Makes video and sound.</param>
/// <param name="upscaler">Enlarges the frames; null to leave them.</param>
public sealed class ClipGenerator(JointModel model, Upscaler? upscaler = null)
{
    private readonly ModelDescription _description = model.Directory.Description;
    private readonly NetworkScale _scale = NetworkScale.Of(model.Directory.Description);

    /// <summary>Generates clips batch by batch.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="onClip">Given each clip as soon as it is finished.</param>
    /// <param name="observer">Told of every network call.</param>
    /// <param name="cancellation">Looked at before every network call; clips that are finished stay finished.</param>
    /// <exception cref="MmDiffusionException">A setting is out of range, or a model computes NaN or infinities.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Generate(
        GenerationOptions options,
        Action<GeneratedClip> onClip,
        Action<GenerationProgress>? observer = null,
        CancellationToken cancellation = default)
    {
        options.Validate();
        var sampler = options.NewSampler(_description);
        var enlarger = Enlarger(options);
        var count = new WorkCount(options, sampler.NetworkCalls, (enlarger?.CallsPerFrame ?? 0) * _description.Coupled!.Frames, observer);
        for (var first = 0; first < options.Count; first += options.Batch)
        {
            using var scope = NewDisposeScope();
            var seeds = Enumerable.Range(first, Math.Min(options.Batch, options.Count - first))
                .Select(options.SeedOf)
                .ToList();
            if (upscaler is { IsLarge: true })
            {
                upscaler.Unload();
                TorchRuntime.TrimMemory();
            }
            var watch = Stopwatch.StartNew();
            var batch = Sample(options, sampler, seeds, count, cancellation);
            var sampling = watch.Elapsed.TotalSeconds;
            if (enlarger is not null && model.IsLarge) model.Unload();
            // The upscaler's blocks have other sizes than those freed here.
            TorchRuntime.TrimMemory();
            for (var i = 0; i < seeds.Count; i++)
            {
                watch.Restart();
                RequireFinite(batch, i, seeds[i]);
                var clip = Finish(options, batch, i, video => enlarger?.Upscale(video, seeds[i], count.Upscaled, cancellation) ?? video);
                var times = new ClipManifest.TimeRecord(
                    Math.Round(sampling, 3),
                    Math.Round(enlarger is null ? 0 : watch.Elapsed.TotalSeconds, 3));
                // Freed blocks of many sizes would make the process grow from clip to clip.
                TorchRuntime.TrimMemory();
                onClip(new GeneratedClip(clip, Manifest(options, seeds, i, sampler, enlarger, times)));
            }
        }
    }

    /// <summary>The manifests of what <see cref="Generate"/> would make of one batch, without the times.</summary>
    /// <param name="options">Of no more clips than a batch has.</param>
    /// <exception cref="MmDiffusionException">A setting is out of range.</exception>
    public IReadOnlyList<ClipManifest> Describe(GenerationOptions options)
    {
        options.Validate();
        var sampler = options.NewSampler(_description);
        var enlarger = Enlarger(options);
        var seeds = Enumerable.Range(0, options.Count).Select(options.SeedOf).ToList();
        return [.. seeds.Select((_, i) => Manifest(options, seeds, i, sampler, enlarger, new ClipManifest.TimeRecord(0, 0)))];
    }

    private AudioVideo Sample(
        GenerationOptions options,
        ISampler sampler,
        List<ulong> seeds,
        WorkCount count,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var use = model.Use();
        using var noise = new BatchRandom(seeds.Select(seed => Seeds.Derive(seed, "sampler")), options.Generator);
        using var windows = new BatchRandom(seeds.Select(seed => Seeds.Derive(seed, "windows")), options.Generator);
        using var unsynchronised = new BatchRandom(seeds.Select(seed => Seeds.Derive(seed, "unsynchronised")), options.Generator);
        using var reuse = new RunFeatures(options.Reuse);
        var (network, batch) = (_description.Coupled!, seeds.Count);
        var xT = new AudioVideo(
            noise.Noise(new NoiseKey(0, IsAudio: false, network.Frames), batch, network.Frames, 3, network.Height, network.Width),
            noise.Noise(new NoiseKey(0, IsAudio: true, network.Frames), batch, 1, network.AudioLength));
        var given = options.Given is { } file
            ? _scale.ToNetwork(file.State).Map(part => part.expand([batch, .. part.shape.AsSpan(1)]).to(model.Device))
            : null;
        var context = new SamplingContext
        {
            Random = noise,
            Conditioning = given is null ? null : Condition(given, options),
            Observer = progress => count.Sampled(batch, IsPreviewDue(options, progress) ? Preview(options, progress, batch) : null),
            CancellationToken = cancellation,
        };
        return _scale.FromNetwork(sampler.Sample(
            Denoiser(options, seeds.Count, windows, unsynchronised, reuse),
            xT.Map(part => part.to(model.Device)),
            context)).MoveToOuter(scope);
    }

    /// <summary>The model, guided as asked for.</summary>
    private IDenoiser Denoiser(GenerationOptions options, int batch, BatchRandom windows, BatchRandom unsynchronised, RunFeatures reuse)
    {
        var plain = Labelled(options.Label);
        var away = new List<GuidedAway>();
        if (options.LabelScale != 1) away.Add(new GuidedAway(Labelled(options.NotLabel), options.LabelScale));
        if (options.SyncGuidance != 1)
        {
            // Two calls of different tasks, of which neither can use the other's features.
            var alone = model.Denoiser(windows, labels: LabelsOf(options.Label));
            away.Add(new GuidedAway(
                new UnsynchronisedDenoiser(alone, unsynchronised, _description.Diffusion.CreateSchedule().OriginalSteps),
                options.SyncGuidance));
        }
        return away.Count == 0 ? plain : new GuidedDenoiser(plain, away, options.GuidanceInterval);

        IDenoiser Labelled(string? label) => model.Denoiser(windows, reuse.Next(), LabelsOf(label));

        Tensor? LabelsOf(string? label) =>
            label is null ? null : tensor(_description.Coupled!.IndicesOf(Enumerable.Repeat(label, batch)), device: model.Device);
    }

    private Conditioning Condition(AudioVideo given, GenerationOptions options) =>
        options.OwnConditioning?.Invoke(given) ?? DefaultConditioning(given, options);

    private Conditioning DefaultConditioning(AudioVideo given, GenerationOptions options) =>
        ScaleOf(options) is { } scale ? new ZeroShotConditioning(given, scale) : new TrainedConditioning(given);

    /// <summary>λ of zero-shot guidance; null where the model was trained to be given a modality.</summary>
    private double? ScaleOf(GenerationOptions options) =>
        options.Guidance ?? (_description.TrainedTasks().Given > 0 ? null : ZeroShotConditioning.DefaultScale);

    /// <summary>Checked clip by clip, so that of a batch those before the first that failed are kept.</summary>
    private void RequireFinite(AudioVideo batch, int index, ulong seed)
    {
        using var scope = NewDisposeScope();
        if (FiniteValues.AreIn(batch.Video[index]) && FiniteValues.AreIn(batch.Audio[index])) return;
        throw model.NotFinite($"the clip of seed {seed}");
    }

    /// <summary>One clip of a batch; what was given is put back as the file has it.</summary>
    private Clip Finish(GenerationOptions options, AudioVideo batch, int index, Func<Tensor, Tensor> enlarge)
    {
        using var scope = NewDisposeScope();
        var sound = options.Given?.Audio ?? ClipTensors.ToAudio(batch.Audio[index], _description.SampleRate);
        var frames = options.Given?.Frames
            ?? ClipTensors.ToFrames(enlarge(batch.Video[index].cpu().Clamped(-1, 1)), _description.FrameRate);
        return new Clip(frames, sound) { OriginalAudio = options.Given?.OriginalAudio, OriginalVideo = options.Given?.OriginalVideo };
    }

    private List<Clip> Preview(GenerationOptions options, SamplingProgress progress, int batch)
    {
        using var scope = NewDisposeScope();
        var x0 = _scale.FromNetwork(progress.PredictX0());
        return [.. Enumerable.Range(0, batch).Select(index => Finish(options, x0, index, video => video))];
    }

    /// <summary>
    /// Null where frames keep their size. Too little memory is found out here, rather than when the first clip is sampled.
    /// </summary>
    private FrameUpscaler? Enlarger(GenerationOptions options)
    {
        if (upscaler is null || options.Given?.Frames is not null) return null;
        var enlarger = new FrameUpscaler(
            upscaler,
            options.Upscaling with { Generator = options.Generator },
            model.IsLarge ? 0 : model.WeightBytes);
        enlarger.Plan(_description.Coupled!.Height, _description.Coupled.Width);
        return enlarger;
    }

    private static bool IsPreviewDue(GenerationOptions options, SamplingProgress progress) =>
        options.PreviewEvery > 0 && progress.NetworkCalls % options.PreviewEvery == 0;

    private ClipManifest Manifest(
        GenerationOptions options,
        List<ulong> seeds,
        int index,
        ISampler sampler,
        FrameUpscaler? enlarger,
        ClipManifest.TimeRecord times) => new()
        {
            Seed = seeds[index],
            Generator = options.Generator,
            Threads = TorchRuntime.Threads,
            Guidance = ClipManifest.GuidanceRecord.Of(options),
            Model = ClipManifest.ModelRecord.Of(model, options.SamplerName, sampler.NetworkCalls, options.Reuse),
            Upscaler = enlarger?.Describe(_description.Coupled!.Height, _description.Coupled.Width),
            Given = options.Given?.Record(ScaleOf(options)),
            Batch = seeds.Count,
            Times = times,
        };
}

/// <summary>A clip and how it came about.</summary>
/// <param name="Clip">Picture and sound.</param>
/// <param name="Manifest">How to make it again.</param>
public sealed record GeneratedClip(Clip Clip, ClipManifest Manifest)
{
    /// <summary>Writes the clip to a file, whole or not at all.</summary>
    /// <param name="path">Ending in .mp4, .webm or .gif (whose audio is a .wav beside it); any other path is a folder of frames.</param>
    /// <param name="cancellation">Stops writing, and leaves nothing behind.</param>
    /// <exception cref="MmDiffusionException">It cannot be written, or ffmpeg is missing or fails.</exception>
    public Task SaveAsync(string path, CancellationToken cancellation = default)
    {
        var format = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".mp4" => ClipFileFormat.Mp4,
            ".webm" => ClipFileFormat.Webm,
            ".gif" => ClipFileFormat.Gif,
            _ => ClipFileFormat.Frames,
        };
        return Task.Run(() => ClipWriter.Write(path, Clip, format, cancellation: cancellation), cancellation);
    }

    /// <summary>Writes the clip to a stream, such as a response.</summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="format">Mp4 or webm.</param>
    /// <param name="cancellation">Stops writing; the stream may hold a part.</param>
    /// <exception cref="ArgumentOutOfRangeException">The format is more than one file.</exception>
    /// <exception cref="MmDiffusionException">It cannot be encoded, or ffmpeg is missing.</exception>
    public async Task WriteAsync(Stream stream, ClipFileFormat format = ClipFileFormat.Mp4, CancellationToken cancellation = default)
    {
        if (format is not (ClipFileFormat.Mp4 or ClipFileFormat.Webm))
            throw new ArgumentOutOfRangeException(nameof(format), format, "expected mp4 or webm, which are one file");
        var path = TemporaryFiles.NewPath(ClipWriter.Extension(format).TrimStart('.'));
        try
        {
            await SaveAsync(path, cancellation).ConfigureAwait(false);
            var file = File.OpenRead(path);
            await using (file.ConfigureAwait(false)) await file.CopyToAsync(stream, cancellation).ConfigureAwait(false);
        }
        finally
        {
            TemporaryFiles.Delete(path);
        }
    }
}

/// <summary>Where a generation stands.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Network calls of the stage so far, times the clips or frames of each.</param>
/// <param name="Total">Those of the whole generation.</param>
public sealed record GenerationProgress(GenerationStage Stage, long Done, long Total)
{
    /// <summary>The clips of the batch as they look now, where a preview was asked for and is due; else null.</summary>
    public IReadOnlyList<Clip>? Preview { get; init; }
}

/// <summary>What is being done for a clip.</summary>
public enum GenerationStage
{
    /// <summary>The joint model is called.</summary>
    Sampling,

    /// <summary>The upscaler is called.</summary>
    Upscaling,
}

/// <summary>Counts the network calls of a whole generation.</summary>
internal sealed class WorkCount(GenerationOptions options, int callsPerClip, int upscalerCallsPerClip, Action<GenerationProgress>? observer)
{
    private readonly long _sampling = (long)options.Count * callsPerClip;
    private readonly long _upscaling = (long)options.Count * upscalerCallsPerClip;
    private long _sampled;
    private long _upscaled;

    /// <summary>One call of the joint model, for several clips.</summary>
    internal void Sampled(int clips, IReadOnlyList<Clip>? preview) =>
        observer?.Invoke(new GenerationProgress(GenerationStage.Sampling, _sampled += clips, _sampling) { Preview = preview });

    /// <summary>One call of the upscaler, for several frames.</summary>
    internal void Upscaled(long frames) =>
        observer?.Invoke(new GenerationProgress(GenerationStage.Upscaling, _upscaled += frames, _upscaling));
}
