using System.Globalization;
using MmDiffusion.Media.FfmpegProgram;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// Reads frames one after the other while ffmpeg decodes them; holds no more than a pipe's buffer, whatever the length.
/// Disposal stops ffmpeg at once. Made by <see cref="ClipReader.OpenFrames"/>.
/// </summary>
public sealed class FrameReader : IDisposable
{
    private readonly FfmpegProcess _process;
    private readonly DecodingEnd _end;
    private readonly int? _count;
    private bool _complained;

    internal FrameReader(MediaInformation media, ClipFormat format, double start, int? count, CancellationToken cancellation)
    {
        media.RequireVideo();
        format.RequireVideo();
        if (count is < 1) throw new MmDiffusionException($"{count} frames cannot be read; ask for at least 1");
        var seek = new SeekPoint(media, start);
        (Height, Width, Rate, _count) = (format.Height, format.Width, format.FrameRate, count);
        _end = new DecodingEnd(media.Path, "picture", start, media.PromisedVideoEnd - media.ClipStart, Math.Max(0.5, 2 / Rate));
        string[] limit = count is { } frames ? ["-frames:v", frames.ToString(CultureInfo.InvariantCulture)] : [];
        _process = new FfmpegProcess(
            "ffmpeg",
            [
                .. seek.Arguments, .. MediaFile.VideoInput(media), "-map", $"0:{media.VideoStream}",
                "-vf", Filters(media, format, seek), .. limit, .. Output,
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

    /// <summary>
    /// Whether ffmpeg complained about damage, known once all frames asked for are read or the end is reached; see
    /// <see cref="MediaDamage"/>. Damaged frames are read as it makes them up.
    /// </summary>
    public bool HasComplaints => _complained |= Position == _count && _process.Finish().Errors.Count > 0;

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

        var result = _process.Finish();
        _complained = result.Errors.Count > 0;
        _end.Check(result, Position / Rate, _process.ReasonOf(result.Errors));
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
    /// Arguments of the output. Where the picture changes its size, the filters begin again: "-vsync cfr" fills the frame that may be lost
    /// by that with the one before, and what is missing before the first with the first.
    /// </summary>
    internal static string[] Output { get; } = ["-vsync", "cfr", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"];

    /// <summary>
    /// Upright, square-pixel frames come out of one scaling step; black is added in RGB, where no chroma grid restricts the position. Size
    /// and aspect may change within a file, so they are computed for each frame. No filter remembers when it began: they are all made
    /// again when the picture changes, and times stay what they are.
    /// </summary>
    /// <param name="media">The file.</param>
    /// <param name="format">Size and rate wanted.</param>
    /// <param name="seek">Where time 0 lies.</param>
    internal static string Filters(MediaInformation media, ClipFormat format, SeekPoint seek)
    {
        var rate = format.FrameRate.ToString("R", CultureInfo.InvariantCulture);
        return $"setpts={seek.VideoTimestamps},{Deinterlacing(media)}fps={rate},trim=start_pts=0,{Shape(media, format)}";
    }

    /// <summary>
    /// The filter that makes one frame of two fields, before frames are repeated or dropped and their rows are mixed; empty for whole
    /// frames.
    /// </summary>
    internal static string Deinterlacing(MediaInformation media) =>
        media.IsInterlaced ? $"bwdif=mode=send_frame:parity={(media.LowerFieldFirst ? "bff" : "tff")}:deint=all," : "";

    /// <summary>The filters that bring frames to a size.</summary>
    internal static string Shape(MediaInformation media, ClipFormat format)
    {
        var factor = Math.Min((double)format.Width / media.Width, (double)format.Height / media.Height);
        var width = Math.Clamp((int)Math.Round(media.Width * factor), 1, format.Width);
        var height = Math.Clamp((int)Math.Round(media.Height * factor), 1, format.Height);
        // Variables 0 and 1: the size in square pixels, and the factor.
        var prepare = $"st(0,max(1,round(iw*sar)));st(1,min({format.Width}/ld(0),{format.Height}/ih))";
        var isUsual = $"eq(ld(0),{media.Width})*eq(ih,{media.Height})";
        string[] filters =
        [
            $"scale=w='{prepare};if({isUsual},{width},clip(round(ld(0)*ld(1)),1,{format.Width}))'"
                + $":h='{prepare};if({isUsual},{height},clip(round(ih*ld(1)),1,{format.Height}))'"
                + $":eval=frame:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp",
            // Colours after the size: where much is scaled down, ffmpeg does it in two steps, the second of which forgets the matrix.
            .. media.IsBt709
                ? (string[])["format=yuv444p", "scale=in_color_matrix=bt709:flags=accurate_rnd+full_chroma_int+full_chroma_inp"]
                : [],
            .. media.HighDynamicRangeTransfer is { } transfer && Ffmpeg.CanToneMap ? ToneMapping(transfer) : [],
            "format=rgb24",
            $"pad={format.Width}:{format.Height}:trunc((ow-iw)/2):trunc((oh-ih)/2):black:eval=frame",
            "setsar=1",
        ];
        return string.Join(',', filters);
    }

    /// <summary>
    /// From PQ or HLG to linear light, of which 100 nits are white; there the primaries are changed, and what is brighter is compressed
    /// while dark and middle tones stay as they are; then to BT.709. The small frame is enough, so 4K costs no more than other sizes.
    /// </summary>
    private static string[] ToneMapping(string transfer) =>
    [
        "format=yuv444p12",
        $"setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}",
        "zscale=transfer=linear:npl=100",
        "format=gbrpf32le",
        "zscale=primaries=bt709",
        "tonemap=mobius:desat=0",
        "zscale=transfer=bt709:matrix=bt709:range=limited",
        "format=yuv444p",
        "scale=flags=accurate_rnd+full_chroma_int",
    ];
}
