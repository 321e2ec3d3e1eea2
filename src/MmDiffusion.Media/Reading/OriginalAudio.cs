using System.Globalization;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// A stretch of a file's sound as the file has it, with all its channels at its own rate. Where the codec is one that containers share, it
/// holds the file's very packets, which <see cref="ClipWriter"/> copies where the format can hold them; else, and for other formats, the
/// samples.
/// </summary>
public sealed class OriginalAudio
{
    /// <summary>What the packets' clock shows at the first sample's time: their times, those of the run-in included, are above 0.</summary>
    private const double Lead = 1;

    /// <summary>Lossy codecs need a few packets to settle. Players decode them and, by the edit list, do not play them.</summary>
    private const double RunIn = 0.3;

    /// <summary>Packets count from where they begin to be decoded, which is up to 7 ms before they are heard.</summary>
    private const double Margin = 0.01;

    private static readonly string[] Copied = ["aac", "mp3", "mp2", "ac3", "eac3", "alac", "flac", "opus", "vorbis", "dts"];
    private static readonly string[] CopiedToMp4 = ["aac", "mp3", "mp2", "ac3", "eac3", "alac", "flac", "opus", "dts"];
    private static readonly string[] CopiedToWebm = ["opus", "vorbis"];

    private readonly byte[] _content;
    private readonly string _codec;
    private readonly string _lossless;
    private readonly double _zero;
    private readonly double? _duration;
    private readonly bool _isCut;

    private OriginalAudio(MediaInformation media, byte[] content, string codec, double zero, double? duration, bool isCut)
    {
        (_content, _codec, _lossless, _zero, _duration, _isCut) = (content, codec, media.LosslessAudio, zero, duration, isCut);
        (Channels, Rate) = (media.Channels, media.SampleRate);
    }

    /// <summary>How many channels there are.</summary>
    public int Channels { get; }

    /// <summary>Samples per second.</summary>
    public int Rate { get; }

    /// <summary>Reads a stretch of a file's sound.</summary>
    /// <param name="media">The file, from <see cref="MediaFile.Probe(string, CancellationToken)"/>.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="duration">How long, seconds; null for all to the end.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="MmDiffusionException">The file lacks sound, or is damaged.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static OriginalAudio Read(
        MediaInformation media,
        double start = 0,
        double? duration = null,
        CancellationToken cancellation = default)
    {
        media.RequireAudio();
        // The clocks of streams that may be cut anywhere jump, and what they hold may change: only decoding mends that.
        var isSteady = media is { AudioClock: null, VideoClock: null } && media.AudioPackets is not { ChangesRate: true };
        return Copied.Contains(media.AudioCodec) && !media.Container.StartsWith("mpeg", StringComparison.Ordinal) && isSteady
            ? Copy(media, start, duration, cancellation)
            : Decode(media, start, duration, cancellation);
    }

    /// <summary>Whether a format can hold the packets as they are.</summary>
    internal bool IsCopiedTo(ClipFileFormat format) => format switch
    {
        ClipFileFormat.Mp4 => CopiedToMp4.Contains(_codec),
        // There is no edit list that could hide what comes before the start.
        ClipFileFormat.Webm => CopiedToWebm.Contains(_codec) && !_isCut,
        _ => false,
    };

    /// <summary>What a format does not keep of the sound, a clause for the user; null where it keeps all.</summary>
    /// <param name="format">How the clip is stored.</param>
    public string? LossIn(ClipFileFormat format)
    {
        if (IsCopiedTo(format) || format is ClipFileFormat.Gif or ClipFileFormat.Frames) return null;
        var most = ClipEncoder.MostChannels;
        var channels = Channels > most ? $"the first {most} of its {Channels} channels" : "its sound";
        if (format == ClipFileFormat.Webm) return $"webm gets {channels} encoded as Opus; mp4, gif and frames keep the samples";
        return Channels > most ? $"mp4 gets {channels}; gif and frames keep all" : null;
    }

    /// <summary>
    /// The arguments that copy the packets. Where nothing tells how long one is, it is as long as the one before: else the last would be
    /// cut off.
    /// </summary>
    internal static string[] Copying { get; } =
        [
            "-c:a", "copy", "-copypriorss", "1", "-strict", "-2", "-bsf:a",
            "setts=duration='if(eq(DURATION,0),if(gt(N,0),PTS-PREV_INPTS,0),DURATION)'",
        ];

    /// <summary>Stores the content in a file, to be opened by <see cref="Input"/>.</summary>
    internal void Save(string path) => File.WriteAllBytes(path, _content);

    /// <summary>The arguments that open the content; its time 0 is the stretch's start. They ask for "-copyts".</summary>
    internal string[] Input(string place) => IsDecoded
        ? ["-f", SampleReader.RawFormat(_lossless), "-ar", Text(Rate), "-ac", Text(Channels), "-i", place]
        : ["-itsoffset", Text(0 - _zero), "-f", "nut", "-i", place];

    private bool IsDecoded => _codec.Length == 0;

    /// <summary>The filters that give exactly the stretch, silent where the file has nothing.</summary>
    internal string Filters
    {
        get
        {
            var whole = $"aresample={Rate}:async=1:min_hard_comp=0.005:first_pts=0";
            return _duration is { } seconds && Math.Round(seconds * Rate) is var samples
                ? $"{whole},apad=whole_len={Text(samples)},atrim=end_sample={Text(samples)}"
                : whole;
        }
    }

    /// <summary>Writes all channels as a wav file: samples of 16, 24 or 32 bits, or floating point, as the file has them.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    internal void WriteWave(string path, CancellationToken cancellation)
    {
        using var process = new FfmpegProcess(
            "ffmpeg",
            [
                "-copyts", .. Input("pipe:0"), "-map", "0:a:0", "-af", Filters, "-c:a", _lossless,
                "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "wav", "-y", "file:" + Path.GetFullPath(path),
            ],
            cancellation);
        ClipEncoder.Feed(process, input => input.Write(_content));
        ClipEncoder.RequireSuccess(process, path);
    }

    private static OriginalAudio Copy(MediaInformation media, double start, double? duration, CancellationToken cancellation)
    {
        start += media.ClipStart;
        var position = Math.Max(0, start - RunIn);
        // From the beginning on, even the run-in that codecs put before time 0; after a seek, nothing from before it.
        string[] from = position > 0 ? ["-ss", Text(position)] : [];
        string[] beginning = position > 0 ? [] : ["-copypriorss", "1"];
        string[] to = duration is { } seconds ? ["-t", Text(media.Start + start + seconds + Margin)] : [];
        var content = Run(
            media,
            [
                "-copyts", .. from, .. MediaFile.AudioInput(media), "-map", $"0:{media.AudioStream}", "-c:a", "copy", .. beginning, .. to,
                "-output_ts_offset", Text(Lead - media.Start - position), "-f", "nut", "pipe:1",
            ],
            cancellation);
        return new OriginalAudio(media, content, media.AudioCodec, Lead + start - position, duration, position > 0);
    }

    private static OriginalAudio Decode(MediaInformation media, double start, double? duration, CancellationToken cancellation)
    {
        var channels = media.Channels;
        var samples = ReadSamples(media, start, duration, pan: null, ref channels, cancellation);
        // Channels that come later in the file than its beginning.
        if (channels > media.Channels)
            samples = ReadSamples(media, start, duration, SampleReader.All(channels), ref channels, cancellation);
        return new OriginalAudio(media with { Channels = channels }, samples, "", 0, duration, isCut: false);
    }

    private static byte[] ReadSamples(
        MediaInformation media,
        double start,
        double? duration,
        string? pan,
        ref int channels,
        CancellationToken cancellation)
    {
        const int block = 1 << 16;
        var count = duration is { } seconds ? Math.Max(1, (long)Math.Round(seconds * media.SampleRate)) : (long?)null;
        using var reader = new SampleReader(
            media, new SeekPoint(media, start), media.SampleRate, count, pan, channels, media.LosslessAudio, cancellation);
        // A multiple of all sizes of samples.
        var content = new GrowingBuffer<byte>(3 * block * channels, 16, $"sound of '{media.Path}'");
        int read;
        do
        {
            read = reader.Read(content.Next());
            content.Advance(read);
        }
        while (read == 3 * block * channels);
        if (!reader.Finish(out var reason).Succeeded) throw Unreadable(media, reason);
        channels = Math.Max(channels, reader.MostChannels);
        return content.ToArray();
    }

    private static byte[] Run(MediaInformation media, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        const int block = 1 << 16;
        using var process = new FfmpegProcess("ffmpeg", arguments, cancellation);
        var content = new GrowingBuffer<byte>(block, 16, $"sound of '{media.Path}'");
        int read;
        do
        {
            read = process.Read(content.Next());
            content.Advance(read);
        }
        while (read == block);
        var (succeeded, errors) = process.Finish();
        if (succeeded) return content.ToArray();
        throw Unreadable(media, process.ReasonOf(errors));
    }

    private static MmDiffusionException Unreadable(MediaInformation media, string reason) =>
        new($"the sound of '{media.Path}' cannot be read: {reason}; choose another file");

    private static string Text(double value) => value.ToString("0.#########", CultureInfo.InvariantCulture);
}
