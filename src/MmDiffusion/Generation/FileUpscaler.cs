using System.Diagnostics;
using MmDiffusion.Data;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Enlarges the frames of media files; the sound stays.</summary>
/// <param name="upscaler">Enlarges the frames.</param>
public sealed class FileUpscaler(Upscaler upscaler)
{
    /// <summary>Enlarges a file's frames, brought to the size that the upscaler starts from.</summary>
    /// <param name="path">The file.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="frameCount">Frames to enlarge; null for all to the end.</param>
    /// <param name="seed">Decides the detail that is added.</param>
    /// <param name="options">How.</param>
    /// <param name="observer">Told of every network call.</param>
    /// <param name="cancellation">Stops decoding and sampling.</param>
    /// <exception cref="MmDiffusionException">The file has no picture there, or a setting is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public GeneratedClip Upscale(
        string path, double start, int? frameCount, ulong seed, UpscalingOptions options, Action<GenerationProgress>? observer = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var enlarger = new FrameUpscaler(upscaler, options);
        var (media, size) = (MediaFile.Probe(path, cancellation), upscaler.Configuration.SmallSize);
        media.RequireVideo();
        var frames = ReadFrames(media, size, start, frameCount, cancellation);
        var sound = ReadSound(path, media, start, frames.Duration, cancellation);
        var watch = Stopwatch.StartNew();
        var (done, total) = (0L, (long)frames.Count * enlarger.CallsPerFrame);
        var enlarged = enlarger.Upscale(ClipTensors.FromFrames(frames), seed, Count, cancellation);
        var clip = new Clip(frames.TimesFor(ClipTensors.ToFrames(enlarged, frames.Rate)), sound);
        return new GeneratedClip(clip, new ClipManifest
        {
            Seed = seed,
            Generator = options.Generator,
            Threads = TorchRuntime.Threads,
            Upscaler = enlarger.Describe(size, size),
            Given = new ClipManifest.GivenRecord("video", Path.GetFileName(path), start, null),
            Batch = 1,
            Times = new ClipManifest.TimeRecord(0, Math.Round(watch.Elapsed.TotalSeconds, 3)),
        });

        void Count(long calls) => observer?.Invoke(new GenerationProgress(GenerationStage.Upscaling, done += calls, total));
    }

    /// <summary>Where frames are not evenly spaced, as many as asked for are taken with their times.</summary>
    private static Frames ReadFrames(MediaInformation media, int size, double start, int? frameCount, CancellationToken cancellation)
    {
        if (!media.IsVariableRate) return ClipReader.ReadFrames(media.Path, ClipFormat.Native(media) with { Height = size, Width = size }, start, frameCount, cancellation);
        var frames = ClipReader.ReadOwnFrames(media, size, size, start, seconds: null, cancellation);
        if (frameCount is not { } count || frames.Count <= count) return frames;
        return new Frames(frames.Pixels[..(count * frames.FrameBytes)], size, size, frames.Rate, [.. frames.Times!.Take(count)], frames.Times![count]);
    }

    private static Sound ReadSound(string path, MediaInformation media, double start, double duration, CancellationToken cancellation)
    {
        if (!media.HasSound || start >= media.SoundSeconds) return new Sound([], 16_000);
        return ClipReader.ReadSound(path, media.SampleRate, start, (int)Math.Round(duration * media.SampleRate), padWithSilence: true, cancellation);
    }
}
