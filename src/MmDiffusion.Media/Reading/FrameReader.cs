using System.Globalization;

namespace MmDiffusion.Media;

/// <summary>
/// Reads frames one after the other while ffmpeg decodes them; holds no more than a pipe's buffer, whatever the length.
/// Disposal stops ffmpeg at once. Made by <see cref="ClipReader.OpenFrames"/>.
/// </summary>
public sealed class FrameReader : IDisposable
{
    private readonly FfmpegProcess _process;
    private readonly DecodingEnd _end;
    private readonly int? _count;

    internal FrameReader(MediaInformation media, ClipFormat format, double start, int? count, CancellationToken cancellation)
    {
        media.RequireVideo();
        format.RequirePicture();
        if (count is < 1) throw new MmDiffusionException($"{count} frames cannot be read; ask for at least 1");
        var seek = new SeekPoint(media, start);
        (Height, Width, Rate, _count) = (format.Height, format.Width, format.FrameRate, count);
        _end = new DecodingEnd(media.Path, "picture", start, media.VideoEnd, Math.Max(0.5, 2 / Rate));
        string[] limit = count is { } frames ? ["-frames:v", frames.ToString(CultureInfo.InvariantCulture)] : [];
        _process = new FfmpegProcess(
            "ffmpeg",
            [
                .. seek.Arguments, .. MediaFile.Input(media.Path), "-map", $"0:{media.VideoStream}",
                "-vf", Filters(media, format, seek), .. limit, "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1",
            ],
            cancellation);
    }

    /// <summary>Rows of a frame.</summary>
    public int Height { get; }

    /// <summary>Columns of a frame.</summary>
    public int Width { get; }

    /// <summary>Frames per second.</summary>
    public double Rate { get; }

    /// <summary>Bytes of one frame.</summary>
    public int FrameBytes => Height * Width * 3;

    /// <summary>Frames read so far.</summary>
    public int Position { get; private set; }

    internal int ProcessId => _process.Id;

    /// <summary>Reads the next frame.</summary>
    /// <param name="frame">Receives <see cref="FrameBytes"/> bytes: row, column, channel (red, green, blue).</param>
    /// <returns>False at the end, where nothing was read.</returns>
    /// <exception cref="MmDiffusionException">The file is damaged or cut short.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public bool Read(Span<byte> frame)
    {
        if (frame.Length != FrameBytes) throw new ArgumentException($"a frame takes {FrameBytes} bytes, not {frame.Length}", nameof(frame));
        if (Position == _count) return false;
        if (_process.Read(frame) == frame.Length)
        {
            Position++;
            return true;
        }

        _end.Check(_process.Finish(), Position / Rate);
        return false;
    }

    /// <summary>Reads the remaining frames, each into a new array.</summary>
    /// <exception cref="MmDiffusionException">The file is damaged or cut short.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public IEnumerable<byte[]> ReadAll()
    {
        while (true)
        {
            var frame = new byte[FrameBytes];
            if (!Read(frame)) yield break;
            yield return frame;
        }
    }

    /// <summary>Stops ffmpeg.</summary>
    public void Dispose() => _process.Dispose();

    /// <summary>
    /// The size is computed here, not by ffmpeg, so that upright, square-pixel frames come out of one scaling step; black is added in RGB,
    /// where no chroma grid restricts the position.
    /// </summary>
    internal static string Filters(MediaInformation media, ClipFormat format, SeekPoint seek)
    {
        var factor = Math.Min((double)format.Width / media.Width, (double)format.Height / media.Height);
        var width = Math.Clamp((int)Math.Round(media.Width * factor), 1, format.Width);
        var height = Math.Clamp((int)Math.Round(media.Height * factor), 1, format.Height);
        var rate = format.FrameRate.ToString("R", CultureInfo.InvariantCulture);
        return string.Join(
            ',',
            $"setpts={seek.Timestamps}",
            $"fps={rate}:start_time=0",
            $"scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp",
            "format=rgb24",
            $"pad={format.Width}:{format.Height}:{(format.Width - width) / 2}:{(format.Height - height) / 2}:black",
            "setsar=1");
    }
}
