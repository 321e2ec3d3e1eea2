using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Videos;

/// <summary>A stretch of a video, decoded.</summary>
/// <param name="Frames">[T,H,W,3].</param>
/// <param name="Audio">[S], silent after the sound's end.</param>
/// <param name="HasComplaints">Whether ffmpeg complained, about damage or about beginning in mid-file.</param>
/// <param name="IsMix">Whether the mean of several channels is heard.</param>
internal sealed record DecodedStretch(byte[] Frames, short[] Audio, bool HasComplaints, bool IsMix)
{
    /// <summary>
    /// Headers round, and count what players skip: this much of the picture's end may be missing and stands still instead.
    /// </summary>
    private const double MostStandstill = 0.5;

    /// <summary>Bytes in memory.</summary>
    internal long Bytes => Frames.LongLength + 2 * Audio.LongLength;

    /// <summary>Decodes a stretch.</summary>
    /// <exception cref="MmDiffusionException">The file is damaged, or its picture ends before its header says.</exception>
    internal static DecodedStretch Read(MediaInformation media, Stretch stretch, ClipShape shape, CancellationToken cancellation)
    {
        var start = stretch.First / shape.FrameRate;
        var format = new ClipFormat(shape.Height, shape.Width, shape.FrameRate, shape.SampleRate);
        // Both decoders run while the first is read.
        using var pictures = ClipReader.OpenFrames(media, format, start, stretch.Frames(shape), cancellation);
        using var sounds = ClipReader.OpenAudio(media, shape.SampleRate, start, stretch.Samples(shape), cancellation);
        var frames = ReadFrames(pictures, media, stretch, shape);
        var (sound, isMix) = (ReadAudio(sounds, stretch.Samples(shape)), false);
        // What is heard must not depend on where stretches begin, so the whole file decides.
        if (Media.Audio.IsSilent(sound) && ClipReader.ChooseChannels(media, cancellation) is { IsMixHeard: true } heard)
        {
            using var mixed = ClipReader.OpenAudio(heard, shape.SampleRate, start, stretch.Samples(shape), cancellation);
            (sound, isMix) = (ReadAudio(mixed, stretch.Samples(shape)), true);
        }
        var samples = new short[sound.Length];
        AudioSamples.Copy(sound, samples);
        return new DecodedStretch(frames, samples, pictures.HasComplaints | sounds.HasComplaints, isMix);
    }

    private static byte[] ReadFrames(FrameReader reader, MediaInformation media, Stretch stretch, ClipShape shape)
    {
        var count = stretch.Frames(shape);
        var frames = new byte[checked(count * reader.FrameBytes)];
        while (reader.Position < count && reader.Read(frames.AsSpan(reader.Position * reader.FrameBytes, reader.FrameBytes)))
        {
        }
        var found = reader.Position;
        if (found == 0 || count - found > Math.Max(2, MostStandstill * shape.FrameRate))
        {
            throw new MmDiffusionException(
                $"the picture of '{media.Path}' ends at {(stretch.First + found) / shape.FrameRate:0.##} s, its header says "
                + $"{media.VideoSeconds:0.##} s; copy or download it again, or leave it out");
        }
        var last = frames.AsSpan((found - 1) * reader.FrameBytes, reader.FrameBytes);
        for (var i = found; i < count; i++) last.CopyTo(frames.AsSpan(i * reader.FrameBytes));
        return frames;
    }

    private static float[] ReadAudio(AudioReader reader, int count)
    {
        var samples = new float[count];
        var found = 0;
        int read;
        do
        {
            read = reader.Read(samples.AsSpan(found));
            found += read;
        }
        while (read > 0 && found < count);
        return samples;
    }
}

/// <summary>
/// A part of a video that is decoded at once: every run of frames that begins in it, so that neighbours overlap by a run less one frame.
/// </summary>
/// <param name="First">The video's frame at which the stretch begins.</param>
/// <param name="Runs">How many runs of frames begin in it, at least 1.</param>
internal readonly record struct Stretch(int First, int Runs)
{
    private const int MostRuns = 256;

    /// <summary>Large frames make stretches shorter.</summary>
    private const long MostBytes = 256L << 20;

    /// <summary>Frames of the stretch.</summary>
    internal int Frames(ClipShape shape) => Runs + shape.Frames - 1;

    /// <summary>Samples of the stretch.</summary>
    internal int Samples(ClipShape shape) => AudioStart(shape, Runs - 1) + shape.AudioLength;

    /// <summary>Where the sound of a run begins, in samples after the stretch's own.</summary>
    /// <param name="shape">The clips.</param>
    /// <param name="run">0 … <see cref="Runs"/> - 1.</param>
    internal static int AudioStart(ClipShape shape, int run) => (int)Math.Round(run / shape.FrameRate * shape.SampleRate);

    /// <summary>Runs of a stretch that is long enough for few frames to be decoded twice, and short enough for memory.</summary>
    internal static int RunsThatFit(ClipShape shape) => (int)Math.Clamp(MostBytes / FrameBytes(shape) - shape.Frames + 1, 1, MostRuns);

    /// <summary>Bytes in memory of a whole video, about.</summary>
    internal static long Bytes(ClipShape shape, int frames) =>
        frames * (FrameBytes(shape) + (long)(sizeof(short) * shape.SampleRate / shape.FrameRate));

    private static long FrameBytes(ClipShape shape) => 3L * shape.Height * shape.Width;
}
