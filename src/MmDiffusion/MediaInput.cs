using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion;

/// <summary>
/// Media that a program gives: a file, a stream such as an upload, frames or samples. Each of these converts by itself. What is not a file
/// is put into one for the time of reading, as ffmpeg converts it: in the folder for temporary files, which no message names.
/// </summary>
public sealed class MediaInput
{
    private const int SilenceRate = 48_000;

    private readonly string _name;
    private readonly Action<string, CancellationToken>? _store;

    /// <summary>A file, or a folder of frames.</summary>
    /// <param name="path">Of any format that ffmpeg reads.</param>
    public MediaInput(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _name = path;
    }

    /// <summary>A media file of any format, from where a stream stands to its end. The stream stays open, and is read once.</summary>
    /// <param name="stream">Read when the request runs.</param>
    public MediaInput(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        (_name, _store) = ("stream", Copy);

        void Copy(string path, CancellationToken cancellation)
        {
            using var file = File.Create(path);
            stream.CopyToAsync(file, cancellation).GetAwaiter().GetResult();
        }
    }

    /// <summary>Frames of any size and rate, without audio.</summary>
    /// <param name="frames">Evenly spaced.</param>
    /// <exception cref="ArgumentException">There are none, or they have times of their own.</exception>
    public MediaInput(Frames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (frames.Count == 0 || frames.Times is not null)
            throw new ArgumentException("expected at least one frame, at a constant rate", nameof(frames));
        // A folder of frames tells its rate by the length of its sound.
        var silence = new Audio(new float[(int)Math.Round(frames.Duration * SilenceRate)], SilenceRate);
        (_name, _store) = ("frames", Write);

        void Write(string path, CancellationToken cancellation) =>
            ClipWriter.Write(path, new Clip(frames, silence), ClipFileFormat.Frames, cancellation: cancellation);
    }

    /// <summary>One channel of audio, of any rate.</summary>
    /// <param name="audio">Within [-1, 1].</param>
    public MediaInput(Audio audio)
    {
        ArgumentNullException.ThrowIfNull(audio);
        (_name, _store) = ("samples", (path, _) => WaveFile.Write(path, audio, WaveEncoding.Float32));
    }

    /// <summary>Where to begin, seconds. 0 by default.</summary>
    public double Start { get; init; }

    /// <summary>Which streams of a file. Those that a player would show and play by default.</summary>
    public StreamChoice Streams { get; init; } = StreamChoice.Default;

    /// <summary>A file.</summary>
    /// <param name="path">Of any format that ffmpeg reads.</param>
    public static implicit operator MediaInput(string path) => new(path);

    /// <summary>A stream.</summary>
    /// <param name="stream">Of any format that ffmpeg reads.</param>
    public static implicit operator MediaInput(Stream stream) => new(stream);

    /// <summary>Frames.</summary>
    /// <param name="frames">Evenly spaced.</param>
    public static implicit operator MediaInput(Frames frames) => new(frames);

    /// <summary>Audio.</summary>
    /// <param name="audio">Within [-1, 1].</param>
    public static implicit operator MediaInput(Audio audio) => new(audio);

    /// <summary>Reads it as the given part of a clip.</summary>
    /// <param name="video">Whether its video is given, else its audio.</param>
    /// <param name="model">Decides size, rates and length.</param>
    /// <param name="cancellation">Stops reading.</param>
    internal GivenClip Read(bool video, ModelDescription model, CancellationToken cancellation) => WithFile(
        path =>
        {
            var given = video
                ? GivenClip.FromVideo(path, Start, model, Streams, cancellation)
                : GivenClip.FromAudio(path, Start, model, Streams, cancellation);
            return _store is null ? given : given.Detach(_name);
        },
        cancellation);

    /// <summary>Does something with its file, which may be there no longer than that.</summary>
    internal T WithFile<T>(Func<string, T> read, CancellationToken cancellation)
    {
        if (_store is null) return read(_name);
        var folder = TemporaryFiles.NewFolder();
        var path = Path.Combine(folder, _name);
        try
        {
            _store(path, cancellation);
            return read(path);
        }
        catch (MmDiffusionException exception) when (exception.Message.Contains(folder, StringComparison.Ordinal))
        {
            throw new MmDiffusionException(
                exception.Message.Replace($"'{path}'", $"the given {_name}", StringComparison.Ordinal)
                    .Replace(path, _name, StringComparison.Ordinal),
                exception);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
