namespace MmDiffusion.Media.Reading;

/// <summary>
/// Decodes any file that ffmpeg reads: frames at a given rate and size (bicubic, aspect kept, centred, padded with black) and one
/// channel of sound at a given rate: the first, but the mean of those that are not silent where the first is silent in what is read and
/// another is not (<see cref="Audio.IsMix"/>). Time 0 is the first frame, for picture and sound alike, or the first sound of a file
/// without a picture; see <see cref="MediaInformation.ClipStart"/>.
/// </summary>
public static class ClipReader
{
    /// <summary>Reads a clip: frames, and the sound that goes with them, silent where the file has none left.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Size and rates wanted, or <see cref="ClipFormat.Native"/>.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="frameCount">Frames wanted, null for all to the end; fewer come where the picture ends before.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>A clip with at least one frame, and as much sound as the picture is long, rounded to a sample.</returns>
    /// <exception cref="MmDiffusionException">The file lacks picture or sound, is damaged, or has nothing at that time.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static Clip ReadClip(
        string path,
        ClipFormat format,
        double start = 0,
        int? frameCount = null,
        CancellationToken cancellation = default) =>
        ReadClip(MediaFile.Probe(path, cancellation), format, start, frameCount, cancellation: cancellation);

    /// <summary>Reads a clip of a file that was probed already, which takes as long as decoding a short one.</summary>
    /// <param name="media">The file, from <see cref="MediaFile.Probe(string, CancellationToken)"/>.</param>
    /// <param name="format">Size and rates wanted, or <see cref="ClipFormat.Native"/>.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="frameCount">Frames wanted, null for all to the end; fewer come where the picture ends before.</param>
    /// <param name="onNotice">
    /// Told what the user should know of how the file was read, such as where it is damaged; null for nobody.
    /// </param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>As of the other method.</returns>
    /// <exception cref="MmDiffusionException">The file lacks picture or sound, is damaged, or has nothing at that time.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static Clip ReadClip(
        MediaInformation media,
        ClipFormat format,
        double start = 0,
        int? frameCount = null,
        Action<ReadingNotice>? onNotice = null,
        CancellationToken cancellation = default)
    {
        media.RequireVideo();
        media.RequireAudio();
        format.RequireAudio();
        ReadingNotice.TellColours(media, onNotice);
        if (ShortClip.TryRead(media, format, start, frameCount, cancellation) is { } clip
            && !Audio.IsSilent(clip.Audio.Samples)) return clip;
        var isDamaged = false;
        var frames = ReadFrames(media, format, start, frameCount, NoteDamage, cancellation);
        var count = (int)Math.Max(1, Math.Round(frames.Duration * format.SampleRate));
        var sound = Hear(media, format.SampleRate, start, count, cancellation, NoteDamage);
        if (isDamaged && onNotice is not null)
            foreach (var damage in MediaDamage.Find(media, start, frames.Duration, cancellation)) onNotice(ReadingNotice.Of(media, damage));
        if (sound.IsMix) onNotice?.Invoke(ReadingNotice.OfMix(media));
        return new Clip(frames, Pad(sound, count));

        void NoteDamage() => isDamaged = true;
    }

    /// <summary>Reads frames.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Size and frame rate wanted, or <see cref="ClipFormat.Native"/>.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="frameCount">Frames wanted, null for all to the end; fewer come where the picture ends before.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>At least one frame.</returns>
    /// <exception cref="MmDiffusionException">The file lacks a picture, is damaged, or has nothing at that time.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static Frames ReadFrames(
        string path,
        ClipFormat format,
        double start = 0,
        int? frameCount = null,
        CancellationToken cancellation = default) =>
        ReadFrames(MediaFile.Probe(path, cancellation), format, start, frameCount, cancellation: cancellation);

    /// <summary>
    /// Reads the frames of a file as they are, for a result that keeps them: where they are not evenly spaced, each with its own time.
    /// </summary>
    /// <param name="media">The file, from <see cref="MediaFile.Probe(string, CancellationToken)"/>.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="start">Where to begin, seconds: with the frame that is shown then.</param>
    /// <param name="seconds">How much, null for all to the end.</param>
    /// <param name="onNotice">
    /// Told what the user should know of how the picture was read, such as where it is damaged; null for nobody.
    /// </param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>At least one frame.</returns>
    /// <exception cref="MmDiffusionException">The file lacks a picture, is damaged, or has nothing at that time.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static Frames ReadOwnFrames(
        MediaInformation media,
        int height,
        int width,
        double start = 0,
        double? seconds = null,
        Action<ReadingNotice>? onNotice = null,
        CancellationToken cancellation = default)
    {
        media.RequireVideo();
        var format = ClipFormat.Native(media) with { Height = height, Width = width };
        if (!media.IsVariableRate)
            return ReadFrames(
                media, format, start, seconds is { } length ? (int)Math.Max(1, Math.Round(length * format.FrameRate)) : null, onNotice,
                cancellation);
        ReadingNotice.TellColours(media, onNotice);
        var isDamaged = false;
        var frames = OwnFrames.Read(media, format, start, seconds, () => isDamaged = true, cancellation)
            ?? throw NothingLeft(media, "picture", start);
        if (isDamaged && onNotice is not null)
            foreach (var damage in MediaDamage.Find(media, start, frames.Duration, inVideo: true, inAudio: false, cancellation))
                onNotice(ReadingNotice.Of(media, damage));
        return frames;
    }

    /// <summary>Reads sound.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sampleRate">Samples per second wanted, 1000 to 768000.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="sampleCount">Samples wanted, null for all to the end.</param>
    /// <param name="padWithSilence">Whether silence is added up to <paramref name="sampleCount"/> where the sound ends before.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>At least one sample.</returns>
    /// <exception cref="MmDiffusionException">The file lacks sound, is damaged, or has nothing at that time.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static Audio ReadAudio(
        string path,
        int sampleRate,
        double start = 0,
        int? sampleCount = null,
        bool padWithSilence = false,
        CancellationToken cancellation = default)
    {
        return ReadAudio(MediaFile.Probe(path, cancellation), sampleRate, start, sampleCount, padWithSilence, cancellation: cancellation);
    }

    /// <summary>Reads sound of a file that was probed already.</summary>
    /// <param name="media">The file, from <see cref="MediaFile.Probe(string, CancellationToken)"/>.</param>
    /// <param name="sampleRate">Samples per second wanted, 1000 to 768000.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="sampleCount">Samples wanted, null for all to the end.</param>
    /// <param name="padWithSilence">Whether silence is added up to <paramref name="sampleCount"/> where the sound ends before.</param>
    /// <param name="onNotice">
    /// Told what the user should know of how the sound was read, such as where it is damaged; null for nobody.
    /// </param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>At least one sample.</returns>
    /// <exception cref="MmDiffusionException">The file lacks sound, is damaged, or has nothing at that time.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static Audio ReadAudio(
        MediaInformation media,
        int sampleRate,
        double start = 0,
        int? sampleCount = null,
        bool padWithSilence = false,
        Action<ReadingNotice>? onNotice = null,
        CancellationToken cancellation = default)
    {
        var isDamaged = false;
        var sound = Hear(media, sampleRate, start, sampleCount, cancellation, () => isDamaged = true);
        if (isDamaged && onNotice is not null)
            foreach (var damage in MediaDamage.Find(media, start, sound.Duration, inVideo: false, inAudio: true, cancellation))
                onNotice(ReadingNotice.Of(media, damage));
        if (sound.IsMix) onNotice?.Invoke(ReadingNotice.OfMix(media));
        if (padWithSilence && sampleCount is { } count) sound = Pad(sound, count);
        if (sound.Samples.Length == 0) throw NothingLeft(media, "sound", start);
        return sound;
    }

    /// <summary>Opens a file to stream its frames.</summary>
    /// <param name="media">The file, from <see cref="MediaFile.Probe(string, CancellationToken)"/>.</param>
    /// <param name="format">Size and frame rate wanted.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="frameCount">Frames wanted, null for all to the end.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <exception cref="MmDiffusionException">The file lacks a picture, or an argument is out of range.</exception>
    public static FrameReader OpenFrames(
        MediaInformation media, ClipFormat format, double start = 0, int? frameCount = null, CancellationToken cancellation = default) =>
        new(media, format, start, frameCount, cancellation);

    /// <summary>
    /// Decides which channels are heard throughout a file, for sound that is streamed or read stretch by stretch: the first, but the mean
    /// of those that are not silent where the first is silent from the file's beginning to its end and another is not. The sound is decoded
    /// once, and only as far as the first sound in its first channel.
    /// </summary>
    /// <param name="media">The file, from <see cref="MediaFile.Probe(string, CancellationToken)"/>.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>The same object where the first channel is heard; else one with <see cref="MediaInformation.IsMixHeard"/>.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static MediaInformation ChooseChannels(MediaInformation media, CancellationToken cancellation = default) =>
        HeardChannels.InFile(media, cancellation);

    /// <summary>Opens a file to stream its sound: the first channel, or what <see cref="ChooseChannels"/> chose.</summary>
    /// <param name="media">The file, from <see cref="MediaFile.Probe(string, CancellationToken)"/>.</param>
    /// <param name="sampleRate">Samples per second wanted, 1000 to 768000.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="sampleCount">Samples wanted, null for all to the end.</param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <exception cref="MmDiffusionException">The file lacks sound, or an argument is out of range.</exception>
    public static AudioReader OpenAudio(
        MediaInformation media, int sampleRate, double start = 0, long? sampleCount = null, CancellationToken cancellation = default) =>
        new(media, sampleRate, start, sampleCount, cancellation);

    /// <summary>Reads frames of a file that was probed already.</summary>
    /// <param name="media">The file, from <see cref="MediaFile.Probe(string, CancellationToken)"/>.</param>
    /// <param name="format">Size and frame rate wanted, or <see cref="ClipFormat.Native"/>.</param>
    /// <param name="start">Where to begin, seconds.</param>
    /// <param name="frameCount">Frames wanted, null for all to the end; fewer come where the picture ends before.</param>
    /// <param name="onNotice">
    /// Told what the user should know of how the picture was read, such as where it is damaged; null for nobody.
    /// </param>
    /// <param name="cancellation">Stops decoding.</param>
    /// <returns>At least one frame.</returns>
    /// <exception cref="MmDiffusionException">The file lacks a picture, is damaged, or has nothing at that time.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static Frames ReadFrames(
        MediaInformation media,
        ClipFormat format,
        double start = 0,
        int? frameCount = null,
        Action<ReadingNotice>? onNotice = null,
        CancellationToken cancellation = default)
    {
        ReadingNotice.TellColours(media, onNotice);
        var isDamaged = false;
        var frames = ReadFrames(media, format, start, frameCount, () => isDamaged = true, cancellation);
        if (isDamaged && onNotice is not null)
            foreach (var damage in MediaDamage.Find(media, start, frames.Duration, inVideo: true, inAudio: false, cancellation))
                onNotice(ReadingNotice.Of(media, damage));
        return frames;
    }

    private static Frames ReadFrames(
        MediaInformation media, ClipFormat format, double start, int? frameCount, Action? onDamage, CancellationToken cancellation)
    {
        using var reader = OpenFrames(media, format, start, frameCount, cancellation);
        var expected = frameCount ?? Math.Ceiling(Math.Max(0, media.VideoSeconds - start) * reader.Rate) + 2;
        var buffer = new GrowingBuffer<byte>(reader.FrameBytes, expected, $"frames of '{media.Path}'");
        while (reader.Position != frameCount && reader.Read(buffer.Next())) buffer.Advance(reader.FrameBytes);
        if (buffer.Count == 0) throw NothingLeft(media, "picture", start);
        if (onDamage is not null && reader.HasComplaints) onDamage();
        return new Frames(buffer.ToArray(), reader.Height, reader.Width, reader.Rate);
    }

    /// <summary>What is heard of a stretch.</summary>
    private static Audio Hear(
        MediaInformation media,
        int rate,
        double start,
        int? count,
        CancellationToken cancellation,
        Action? onDamage = null)
    {
        var samples = ReadSamples(media, rate, start, count, cancellation, onDamage);
        if (Audio.IsSilent(samples))
        {
            var mixed = HeardChannels.InStretch(media, start, (double?)count / rate, cancellation);
            if (mixed != media) (samples, media) = (ReadSamples(mixed, rate, start, count, cancellation), mixed);
        }
        return new Audio(samples, rate) { IsMix = media.Mix.Count > 0 };
    }

    private static Audio Pad(Audio sound, int count)
    {
        var samples = sound.Samples;
        Array.Resize(ref samples, count);
        return sound with { Samples = samples };
    }

    private static float[] ReadSamples(
        MediaInformation media,
        int rate,
        double start,
        int? count,
        CancellationToken cancellation,
        Action? onDamage = null)
    {
        const int block = 16384;
        using var reader = OpenAudio(media, rate, start, count, cancellation);
        var expected = (count ?? Math.Max(0, media.AudioSeconds - start) * rate) / block + 1;
        var buffer = new GrowingBuffer<float>(block, Math.Ceiling(expected), $"samples of '{media.Path}'");
        int read;
        do
        {
            read = reader.Read(buffer.Next());
            buffer.Advance(read);
        }
        while (read == block);
        if (onDamage is not null && reader.HasComplaints) onDamage();
        return buffer.ToArray();
    }

    private static MmDiffusionException NothingLeft(MediaInformation media, string part, double start) =>
        new($"'{media.Path}' has no {part} left at {start:0.###} s; give an earlier start");
}
