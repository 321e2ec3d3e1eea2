using System.Runtime.InteropServices;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// Reads what is heard of a file's sound, its first channel as a rule, block by block while ffmpeg decodes it; holds no more than a pipe's
/// buffer. Disposal stops ffmpeg at once. Made by <see cref="ClipReader.OpenAudio"/>.
/// </summary>
public sealed class AudioReader : IDisposable
{
    private readonly SampleReader _samples;
    private readonly DecodingEnd _end;
    private readonly long? _count;
    private readonly string _path;
    private readonly double _start;
    private bool _complained;

    internal AudioReader(MediaInformation media, int rate, double start, long? count, CancellationToken cancellation)
    {
        media.RequireAudio();
        new ClipFormat(1, 1, 1, rate).RequireAudio();
        if (count is < 1) throw new MmDiffusionException($"{count} samples cannot be read; ask for at least 1");
        (Rate, _count, _path, _start) = (rate, count, media.Path, start);
        _end = new DecodingEnd(media.Path, "sound", start, media.PromisedAudioEnd - media.ClipStart, 0.5);
        _samples = new SampleReader(
            media, new SeekPoint(media, start), rate, count, HeardChannels.Pan(media.Mix), 1, "pcm_f32le", cancellation);
    }

    /// <summary>Samples per second.</summary>
    public int Rate { get; }

    /// <summary>Samples read so far.</summary>
    public long Position { get; private set; }

    /// <summary>
    /// Whether ffmpeg complained about damage, known once all samples asked for are read or the end is reached; see
    /// <see cref="MediaDamage"/>.
    /// </summary>
    public bool HasComplaints => _complained |= Position == _count && _samples.Finish(out _).Errors.Count > 0;

    /// <summary>Reads the next samples.</summary>
    /// <param name="samples">Receives samples in [-1, 1].</param>
    /// <returns>The number of samples read: fewer than asked for only at the end, 0 after it.</returns>
    /// <exception cref="MmDiffusionException">The file is damaged or cut short, or its samples are NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public int Read(Span<float> samples)
    {
        if (_count is { } count && samples.Length > count - Position) samples = samples[..(int)(count - Position)];
        if (samples.IsEmpty) return 0;
        var read = _samples.Read(MemoryMarshal.AsBytes(samples)) / sizeof(float);
        if (!TryClamp(samples[..read], out var bad))
            throw new MmDiffusionException(
                $"the sound of '{_path}' is NaN or infinite at about {_start + (double)(Position + bad) / Rate:0.###} "
                + "s; make the file again, or leave it out");
        Position += read;
        if (read == samples.Length) return read;
        var result = _samples.Finish(out var reason);
        _complained = result.Errors.Count > 0;
        _end.Check(result, (double)Position / Rate, reason);
        return read;
    }

    /// <summary>Stops ffmpeg.</summary>
    public void Dispose() => _samples.Dispose();

    /// <summary>
    /// Lossy codecs and resampling overshoot, which is limited to [-1, 1]; files with float samples may also hold what is no sound at all.
    /// </summary>
    /// <param name="samples">Changed in place.</param>
    /// <param name="bad">Position of the first sample that is NaN or infinite; the number of samples where there is none.</param>
    /// <returns>Whether there is none.</returns>
    internal static bool TryClamp(Span<float> samples, out int bad)
    {
        for (bad = 0; bad < samples.Length; bad++)
        {
            ref var sample = ref samples[bad];
            if (!float.IsFinite(sample)) return false;
            sample = Math.Clamp(sample, -1, 1);
        }
        return true;
    }

    /// <summary>
    /// The channel is taken before resampling. "async=1" puts silence where the sound starts late or has gaps and drops what comes
    /// before time 0, which keeps it with the picture. Gaps count from 5 ms: ffmpeg's default of 100 ms lets the joints of a cut film add
    /// up to more than a frame, while rounded times of containers stay within 1 ms. The filter is long: 64 taps, where the default is 32.
    /// </summary>
    /// <param name="rate">Samples per second.</param>
    /// <param name="count">Samples wanted, null for all.</param>
    /// <param name="seek">Where time 0 lies.</param>
    /// <param name="pan">The filter that chooses channels, null for all of them.</param>
    internal static string Filters(int rate, long? count, SeekPoint seek, string? pan)
    {
        var channels = pan is null ? "" : pan + ",";
        var format = pan is null ? "" : ":osf=flt";
        var filters =
            $"{channels}asetpts={seek.AudioTimestamps},aresample={rate}:async=1:min_hard_comp=0.005:first_pts=0:filter_size=64{format}";
        return count is { } samples ? $"{filters},atrim=end_sample={samples}" : filters;
    }
}
