using System.Diagnostics;
using System.Globalization;
using MmDiffusion.Generation.Memory;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>
/// Enlarges the frames of media files by the upscaler's factor; the sound stays. Frames of another size than the upscaler was trained on
/// are enlarged in tiles of that size.
/// </summary>
/// <param name="upscaler">Enlarges the frames.</param>
public sealed class FileUpscaler(Upscaler upscaler)
{
    /// <summary>How results will be stored, which limits the size of their frames. Mp4 by default.</summary>
    public ClipFileFormat Format { get; init; } = ClipFileFormat.Mp4;

    /// <summary>Given what the user should know of a file, a sentence, before the work on it begins; null for nobody.</summary>
    public Action<string>? OnNotice { get; init; }

    /// <summary>Enlarges a file's frames.</summary>
    /// <param name="path">The file.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="frameCount">Frames to enlarge; null for all to the end.</param>
    /// <param name="seed">Decides the detail that is added.</param>
    /// <param name="options">How.</param>
    /// <param name="observer">Told of every network call.</param>
    /// <param name="cancellation">Stops decoding and sampling.</param>
    /// <exception cref="MmDiffusionException">
    /// The file has no picture there, its frames are too large, or a setting is out of range.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public GeneratedClip Upscale(
        string path,
        double start,
        int? frameCount,
        ulong seed,
        UpscalingOptions options,
        Action<GenerationProgress>? observer = null,
        CancellationToken cancellation = default) =>
        Upscale(path, StreamChoice.Default, start, frameCount, seed, options, observer, cancellation);

    /// <summary>Enlarges the frames of a chosen stream.</summary>
    /// <param name="path">The file.</param>
    /// <param name="streams">Which streams.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="frameCount">Frames to enlarge; null for all to the end.</param>
    /// <param name="seed">Decides the detail that is added.</param>
    /// <param name="options">How.</param>
    /// <param name="observer">Told of every network call.</param>
    /// <param name="cancellation">Stops decoding and sampling.</param>
    /// <exception cref="MmDiffusionException">The file has no such stream, no picture there, or a setting is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public GeneratedClip Upscale(
        string path, StreamChoice streams, double start, int? frameCount, ulong seed, UpscalingOptions options,
        Action<GenerationProgress>? observer = null, CancellationToken cancellation = default)
    {
        var media = MediaFile.Probe(path, streams, cancellation);
        media.RequireVideo();
        var own = upscaler.Configuration.SmallSize;
        var size = new EnlargedSize(media, upscaler);
        var enlarger = new FrameUpscaler(upscaler, options, 0, trainedTiles: true);
        // What is asked for beyond the end does not come.
        var available = (int)Math.Min(int.MaxValue, Math.Ceiling((media.VideoSeconds - start) * media.FrameRate));
        size.Require(Format, Math.Min(frameCount ?? int.MaxValue, available));
        var (atOnce, tiles) = enlarger.Plan(size.Padded.Height, size.Padded.Width);
        var frames = ReadFrames(media, start, frameCount, Notify, cancellation);
        size.Require(Format, frames.Count);
        if (size.Small != (own, own)) OnNotice?.Invoke(size.Describe(own, tiles));
        var sound = ReadAudio(media, start, frames.Duration, Notify, cancellation);
        // Where all frames are wanted, all of the sound is, though it continues alone.
        var original = sound.Samples.Length == 0
            ? null
            : OriginalAudio.Read(media, start, frameCount is null ? null : frames.Duration, cancellation);
        var watch = Stopwatch.StartNew();
        var (done, total) = (0L, (long)frames.Count * enlarger.CallsPerFrame);
        var clip = new Clip(frames.TimesFor(Enlarge(enlarger, frames, atOnce)), sound) { OriginalAudio = original };
        return new GeneratedClip(clip, new ClipManifest
        {
            Seed = seed,
            Generator = options.Generator,
            Threads = TorchRuntime.Threads,
            Upscaler = enlarger.Describe(size.Padded.Height, size.Padded.Width),
            Given = new ClipManifest.GivenRecord("video", Path.GetFileName(path), start, null),
            Batch = 1,
            Times = new ClipManifest.TimeRecord(0, Math.Round(watch.Elapsed.TotalSeconds, 3)),
        });

        // Frames in floating point take sixteen times the memory and more: no more of them at a time than are computed together.
        Frames Enlarge(FrameUpscaler enlarger, Frames frames, int atOnce)
        {
            var pixels = new byte[frames.Count * size.Large.Height * size.Large.Width * 3];
            for (var first = 0; first < frames.Count; first += atOnce)
            {
                using var scope = NewDisposeScope();
                var count = Math.Min(atOnce, frames.Count - first);
                var part = new Frames(
                    frames.Pixels.AsSpan(first * frames.FrameBytes, count * frames.FrameBytes).ToArray(),
                    frames.Height,
                    frames.Width,
                    frames.Rate);
                var large = size.Crop(enlarger.Upscale(size.Pad(ClipTensors.FromFrames(part)), seed, Count, cancellation));
                ClipTensors.ToFrames(large, frames.Rate).Pixels.CopyTo(pixels, (long)first * size.Large.Height * size.Large.Width * 3);
            }
            return new Frames(pixels, size.Large.Height, size.Large.Width, frames.Rate);
        }

        void Notify(ReadingNotice notice) => OnNotice?.Invoke($"{notice}");

        void Count(long calls) => observer?.Invoke(new GenerationProgress(GenerationStage.Upscaling, done += calls, total));
    }

    /// <summary>Where frames are not evenly spaced, as many as asked for are taken with their times.</summary>
    private static Frames ReadFrames(
        MediaInformation media,
        double start,
        int? frameCount,
        Action<ReadingNotice> onNotice,
        CancellationToken cancellation)
    {
        if (!media.IsVariableRate) return ClipReader.ReadFrames(media, ClipFormat.Native(media), start, frameCount, onNotice, cancellation);
        var frames = ClipReader.ReadOwnFrames(media, media.Height, media.Width, start, seconds: null, onNotice, cancellation);
        if (frameCount is not { } count || frames.Count <= count) return frames;
        return new Frames(
            frames.Pixels[..(count * frames.FrameBytes)], frames.Height, frames.Width, frames.Rate, [.. frames.Times!.Take(count)],
            frames.Times![count]);
    }

    private static Audio ReadAudio(
        MediaInformation media,
        double start,
        double duration,
        Action<ReadingNotice> onNotice,
        CancellationToken cancellation)
    {
        if (!media.HasAudio || start >= media.AudioSeconds) return new Audio([], 16_000);
        return ClipReader.ReadAudio(
            media, media.SampleRate, start, (int)Math.Round(duration * media.SampleRate), padWithSilence: true, Tell, cancellation);

        // What is heard does not matter: the result keeps all channels.
        void Tell(ReadingNotice notice)
        {
            if (notice.Damage is not null) onNotice(notice);
        }
    }
}

/// <summary>The sizes of a file's frames before and after they are enlarged.</summary>
internal sealed class EnlargedSize
{
    private readonly string _path;

    internal EnlargedSize(MediaInformation media, Upscaler upscaler)
    {
        _path = media.Path;
        Small = (media.Height, media.Width);
        Large = (Enlarged(media.Height), Enlarged(media.Width));
        Padded = (WithMargin(media.Height), WithMargin(media.Width));

        int Enlarged(int extent) => (int)Math.Round(extent * upscaler.Factor);

        // The network halves frames several times, and knows none smaller than those it was trained on.
        int WithMargin(int extent)
        {
            var padded = Math.Max(extent, upscaler.Configuration.SmallSize);
            while (padded * upscaler.Factor % upscaler.Stride != 0) padded++;
            return padded;
        }
    }

    /// <summary>Of the file.</summary>
    internal (int Height, int Width) Small { get; }

    /// <summary>Of the result.</summary>
    internal (int Height, int Width) Large { get; }

    /// <summary>Of the file, with the last rows and columns repeated up to what the network can compute.</summary>
    internal (int Height, int Width) Padded { get; }

    /// <summary>What becomes of frames of another size than the upscaler's own.</summary>
    internal string Describe(int own, TileLayout tiles)
    {
        var sizes = string.Create(
            CultureInfo.InvariantCulture,
            $"the frames of '{_path}', {Small.Width}x{Small.Height}, become {Large.Width}x{Large.Height}; "
            + $"the upscaler was trained on {own}x{own}");
        return tiles.IsWhole
            ? sizes
            : FormattableString.Invariant(
                $"{sizes}, so that each is enlarged in {tiles.Places.Count} pieces, which takes about as many times as long");
    }

    /// <summary>Checks that the result can be held and shown.</summary>
    /// <param name="format">How it will be stored.</param>
    /// <param name="frames">Frames to enlarge, about.</param>
    /// <exception cref="MmDiffusionException">Its frames, or all of them together, are too large.</exception>
    internal void Require(ClipFileFormat format, int frames)
    {
        var size = FormattableString.Invariant(
            $"the frames of '{_path}', {Small.Width}x{Small.Height}, would become {Large.Width}x{Large.Height}");
        if (ClipWriter.SizeFault(Large.Height, Large.Width, format) is { } fault)
            throw new MmDiffusionException(
                $"{size}, but {fault}; make them smaller first, for example with 'ffmpeg -i IN -vf scale=640:-2 OUT'");
        var most = Array.MaxLength / (3L * Large.Width * Large.Height);
        if (frames > most)
            throw new MmDiffusionException(
                $"{size}, of which memory holds {most}, not {frames}; enlarge at most {most} frames at a time, or make them smaller first");
    }

    /// <summary>Adds the margin to frames [N,3,h,w].</summary>
    internal Tensor Pad(Tensor frames) => Padded == Small
        ? frames
        : nn.functional.pad(frames, [0, Padded.Width - Small.Width, 0, Padded.Height - Small.Height], PaddingModes.Replicate);

    /// <summary>Takes the margin from enlarged frames [N,3,H,W].</summary>
    internal Tensor Crop(Tensor frames) => frames.narrow(2, 0, Large.Height).narrow(3, 0, Large.Width);
}
