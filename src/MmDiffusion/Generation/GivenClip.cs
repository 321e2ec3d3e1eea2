using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Generation;

/// <summary>The part of a clip that a user gives, to have the other part generated.</summary>
/// <remarks>
/// It is kept twice: as the model sees it, and with the file's own size and rates for the result, which keeps it untouched.
/// </remarks>
public sealed class GivenClip : IDisposable
{
    private GivenClip(string path, double start, AudioVideo state, Frames? frames, Audio? sound, OriginalAudio? original = null)
    {
        OriginalAudio = original;
        Path = path;
        Start = start;
        State = state;
        Frames = frames;
        Audio = sound;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Where the clip begins in the file, seconds.</summary>
    public double Start { get; }

    /// <summary>What the model sees: a video [1,F,3,H,W] or a sound [1,1,L].</summary>
    public AudioVideo State { get; }

    /// <summary>The picture with the file's own size and rate; null where the sound is given.</summary>
    public Frames? Frames { get; }

    /// <summary>What is heard of the sound, at the file's own rate; null where the picture is given.</summary>
    public Audio? Audio { get; }

    /// <summary>The sound as the result keeps it, with all channels; null where the picture is given.</summary>
    public OriginalAudio? OriginalAudio { get; }

    /// <summary>The picture as the result keeps it, where it can be copied; null where it cannot, or the sound is given.</summary>
    public OriginalVideo? OriginalVideo { get; private init; }

    /// <summary>What the user should know of how the file was read.</summary>
    public IReadOnlyList<ReadingNotice> Notices { get; private init; } = [];

    /// <summary>Reads a picture to generate sound for.</summary>
    /// <param name="path">The file; its own sound is ignored.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="model">Decides size, rate and length.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <exception cref="MmDiffusionException">The file has no picture there, or too little.</exception>
    public static GivenClip FromVideo(string path, double start, ModelDescription model, CancellationToken cancellation = default) =>
        FromVideo(path, start, model, StreamChoice.Default, cancellation);

    /// <summary>Reads a picture of a chosen stream to generate sound for.</summary>
    /// <param name="path">The file; its own sound is ignored.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="model">Decides size, rate and length.</param>
    /// <param name="streams">Which stream.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <exception cref="MmDiffusionException">The file has no such stream, no picture there, or too little.</exception>
    public static GivenClip FromVideo(
        string path,
        double start,
        ModelDescription model,
        StreamChoice streams,
        CancellationToken cancellation = default)
    {
        var network = model.Coupled!;
        var media = MediaFile.Probe(path, streams, cancellation);
        media.RequireVideo();
        var notices = new List<ReadingNotice>();
        var seen = ClipReader.ReadFrames(
            media, new ClipFormat(network.Height, network.Width, model.FrameRate, model.SampleRate), start, network.Frames, notices.Add,
            cancellation);
        if (seen.Count < network.Frames)
            throw TooShort(path, "picture", start, seen.Duration, model.VideoDuration());
        var kept = ClipReader.ReadOwnFrames(media, media.Height, media.Width, start, model.VideoDuration(), cancellation: cancellation);
        return new GivenClip(path, start, new AudioVideo(ClipTensors.FromFrames(seen).unsqueeze_(0), null), kept, null)
        {
            OriginalVideo = OriginalVideo.Find(media, kept, start, cancellation),
            Notices = notices,
        };
    }

    /// <summary>Reads a sound to generate a picture for.</summary>
    /// <param name="path">The file; its own picture is ignored.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="model">Decides rate and length.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <exception cref="MmDiffusionException">The file has no sound there, or too little.</exception>
    public static GivenClip FromAudio(string path, double start, ModelDescription model, CancellationToken cancellation = default) =>
        FromAudio(path, start, model, StreamChoice.Default, cancellation);

    /// <summary>Reads a sound of a chosen stream to generate a picture for.</summary>
    /// <param name="path">The file; its own picture is ignored.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="model">Decides rate and length.</param>
    /// <param name="streams">Which stream.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <exception cref="MmDiffusionException">The file has no such stream, no sound there, or too little.</exception>
    public static GivenClip FromAudio(
        string path,
        double start,
        ModelDescription model,
        StreamChoice streams,
        CancellationToken cancellation = default)
    {
        var length = model.Coupled!.AudioLength;
        var media = MediaFile.Probe(path, streams, cancellation);
        media.RequireAudio();
        var notices = new List<ReadingNotice>();
        var seen = ClipReader.ReadAudio(media, model.SampleRate, start, length, onNotice: notices.Add, cancellation: cancellation);
        // A sound may end within the last frame: the rest is silence.
        var needed = model.AudioDuration();
        if (seen.Duration < needed * (1 - 1.0 / model.Coupled.Frames)) throw TooShort(path, "sound", start, seen.Duration, needed);
        var kept = ClipReader.ReadAudio(
            media, media.SampleRate, start, (int)Math.Round(needed * media.SampleRate), padWithSilence: true, cancellation: cancellation);
        var original = OriginalAudio.Read(media, start, needed, cancellation);
        return new GivenClip(path, start, new AudioVideo(null, ClipTensors.FromAudio(seen, length).unsqueeze_(0)), null, kept, original)
        {
            Notices = notices,
        };
    }

    /// <summary>The same under another name, without what is copied from the file later; this one is not to be used any more.</summary>
    internal GivenClip Detach(string name) =>
        new(name, Start, State, Frames, Audio, OriginalAudio) { Notices = Notices };

    /// <summary>What a manifest tells of it.</summary>
    internal ClipManifest.GivenRecord Record(double? guidance) =>
        new(Frames is null ? "audio" : "video", System.IO.Path.GetFileName(Path), Start, guidance);

    /// <inheritdoc/>
    public void Dispose() => State.Dispose();

    private static MmDiffusionException TooShort(string path, string part, double start, double found, double needed) =>
        new(
            $"'{path}' has {found:0.###} s of {part} from {start:0.###} s on, the model needs {needed:0.###} s; "
            + "give an earlier start or a longer file");
}
