using System.Globalization;
using MmDiffusion.Media.FfmpegProgram;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// Reads uncompressed samples of all channels, or of those that a filter makes, block by block while ffmpeg decodes them. Where a sound
/// changes its channels, rate or kind of sample within the file, ffmpeg makes its filters again, and these begin again at time 0 with
/// silence: what was had before is passed over here.
/// </summary>
internal sealed class SampleReader : IDisposable
{
    private const string Given = "ashowinfo@given";

    private readonly FfmpegProcess _process;
    private readonly FrameLog _log = new();
    private readonly int _frame;
    private int _left;
    private long _silence;

    /// <summary>Starts to decode.</summary>
    /// <param name="media">With sound.</param>
    /// <param name="seek">Where time 0 lies.</param>
    /// <param name="rate">Samples per second.</param>
    /// <param name="count">Samples of each channel wanted, null for all.</param>
    /// <param name="pan">The filter that chooses or makes channels, null for those of the file.</param>
    /// <param name="channels">How many come out of it.</param>
    /// <param name="codec">ffmpeg's name of the samples, such as "pcm_f32le".</param>
    /// <param name="cancellation">Stops ffmpeg.</param>
    internal SampleReader(
        MediaInformation media,
        SeekPoint seek,
        int rate,
        long? count,
        string? pan,
        int channels,
        string codec,
        CancellationToken cancellation)
    {
        _frame = channels * BytesOf(codec);
        var filters = AudioReader.Filters(rate, count, seek, pan);
        _process = new FfmpegProcess(
            "ffmpeg",
            [
                .. seek.Arguments, .. MediaFile.AudioInput(media), "-map", $"0:{media.AudioStream}",
                "-af", $"{Given},{filters},ashowinfo",
                .. pan is null ? (string[])["-ac", channels.ToString(CultureInfo.InvariantCulture)] : [],
                "-c:a", codec, "-f", RawFormat(codec), "pipe:1",
            ],
            cancellation,
            _log);
    }

    /// <summary>The most channels that the file has had so far.</summary>
    internal int MostChannels => _log.MostChannels;

    /// <summary>Samples of each channel read so far.</summary>
    internal long Position { get; private set; }

    /// <summary>ffmpeg's name of a file without a header that has samples of a kind.</summary>
    internal static string RawFormat(string codec) => codec["pcm_".Length..];

    /// <summary>The filter that keeps channels by their order, silent where the file has fewer.</summary>
    internal static string All(int channels) =>
        $"pan={channels}c|{string.Join('|', Enumerable.Range(0, channels).Select(channel => $"c{channel}=c{channel}"))}";

    /// <summary>Reads until the buffer, of whole samples, is full or the sound ends.</summary>
    /// <returns>The number of bytes read.</returns>
    internal int Read(Span<byte> bytes)
    {
        var read = 0;
        while (read < bytes.Length && HasMore())
        {
            var samples = Math.Min((bytes.Length - read) / _frame, _silence > 0 ? _silence : _left);
            var part = bytes.Slice(read, (int)samples * _frame);
            if (_silence > 0)
            {
                part.Clear();
                (_silence, read, Position) = (_silence - samples, read + part.Length, Position + samples);
                continue;
            }
            var got = _process.Read(part);
            (_left, read, Position) = (_left - got / _frame, read + got, Position + got / _frame);
            if (got < part.Length) break;
        }
        return read;
    }

    /// <summary>Waits for the end of ffmpeg.</summary>
    /// <param name="reason">Why it ended, where it failed or complained.</param>
    internal (bool Succeeded, IReadOnlyList<string> Errors) Finish(out string reason)
    {
        var result = _process.Finish();
        reason = _process.ReasonOf(result.Errors);
        return result;
    }

    /// <summary>Stops ffmpeg.</summary>
    public void Dispose()
    {
        _process.Dispose();
        _log.Dispose();
    }

    private bool HasMore()
    {
        while (_left == 0 && _silence == 0)
        {
            if (_log.Take() is not { } frame) return false;
            var passed = (int)Math.Clamp(Position - frame.Pts, 0, frame.Samples);
            if (!Skip(passed)) return false;
            _left = frame.Samples - passed;
            if (_left > 0) _silence = Math.Max(0, frame.Pts - Position);
        }
        return true;
    }

    private bool Skip(int samples)
    {
        Span<byte> block = stackalloc byte[1 << 14];
        for (var left = (long)samples * _frame; left > 0;)
        {
            var part = block[..(int)Math.Min(left, block.Length)];
            if (_process.Read(part) < part.Length) return false;
            left -= part.Length;
        }
        return true;
    }

    private static int BytesOf(string codec) => codec switch
    {
        "pcm_s16le" => 2,
        "pcm_s24le" => 3,
        _ => 4,
    };
}
