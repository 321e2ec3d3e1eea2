using System.Globalization;
using System.Text.RegularExpressions;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Media.Writing;

/// <summary>A clip as a folder of numbered PNG frames and a wav file.</summary>
internal static partial class FrameFolder
{
    private const string SoundName = "sound.wav";
    private const string FirstFrame = "frame-0001.png";

    internal static void Fill(string folder, Clip clip, CancellationToken cancellation)
    {
        // Numbered pictures have no times.
        var frames = clip.Frames.EvenlySpaced();
        for (var i = 0; i < frames.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            PngImage.WriteNow(Path.Combine(folder, Name(i + 1)), frames[i], frames.Height, frames.Width);
        }

        if (clip.OriginalAudio is { } original) original.WriteWave(Path.Combine(folder, SoundName), cancellation);
        else if (clip.Audio.Samples.Length > 0) WaveFile.WriteNow(Path.Combine(folder, SoundName), clip.Audio, WaveEncoding.Pcm16);
    }

    /// <summary>Whether a path is a folder that <see cref="Fill"/> filled.</summary>
    internal static bool Exists(string path)
    {
        try
        {
            return Directory.Exists(path)
                && File.Exists(Path.Combine(path, FirstFrame))
                && Directory.EnumerateFileSystemEntries(path).All(entry => IsPart(Path.GetFileName(entry)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The file of its sound.</summary>
    internal static string Audio(string path) => Path.Combine(path, SoundName);

    /// <summary>What it holds. Frames have no times: as many as there are last as long as the sound.</summary>
    /// <exception cref="MmDiffusionException">A file of it cannot be read, or it has no sound, and so no frame rate.</exception>
    internal static MediaInformation Probe(string path, StreamChoice streams, CancellationToken cancellation)
    {
        if (!File.Exists(Audio(path)))
            throw new MmDiffusionException(
                $"the folder of frames '{path}' has no {SoundName}, which tells how long its frames last; choose a clip with sound");
        var count = CountFrames(path);
        var sound = MediaFile.Probe(Audio(path), streams with { Video = null }, cancellation);
        var first = PngImage.Read(Path.Combine(path, FirstFrame));
        var rate = Rate(count, sound.AudioEnd, sound.SampleRate);
        return sound with
        {
            Path = path,
            Container = "frames",
            HasVideo = true,
            Width = first.Width,
            Height = first.Height,
            FrameRate = rate,
            GridRate = rate,
            PromisedVideoEnd = sound.AudioEnd,
            VideoEnd = sound.AudioEnd,
            VideoStreams = 1,
            VideoPosition = 0,
            VideoStream = 0,
            IsFrameFolder = true,
        };
    }

    /// <summary>Frames, of which ffmpeg reads those that follow each other, and opens whatever has the name of one.</summary>
    /// <exception cref="MmDiffusionException">One is missing, or is no file.</exception>
    private static int CountFrames(string path)
    {
        var count = Directory.EnumerateFileSystemEntries(path).Count(entry => Path.GetFileName(entry) != SoundName);
        for (var i = 1; i <= count; i++)
        {
            var frame = Path.Combine(path, Name(i));
            if (InputFile.IsAbsent(frame))
                throw new MmDiffusionException(
                    $"the folder of frames '{path}' has {count} frames but no {Name(i)}; number its frames from 0001 without a gap");
            InputFile.Require(frame, "picture");
        }
        return count;
    }

    private static string Name(int frame) => string.Create(CultureInfo.InvariantCulture, $"frame-{frame:0000}.png");

    /// <summary>
    /// The usual rate that sound of so many samples allows for, else just what it gives: its length was rounded to a sample.
    /// </summary>
    private static double Rate(int count, double seconds, int sampleRate)
    {
        var rate = count / seconds;
        double[] usual = [Math.Round(rate), Math.Round(rate * 1.001) * 1000 / 1001, Math.Round(rate, 2)];
        return usual.FirstOrDefault(candidate => candidate > 0 && Math.Abs(candidate / rate - 1) <= 1 / (seconds * sampleRate), rate);
    }

    /// <summary>The arguments that open its frames.</summary>
    internal static string[] VideoInput(MediaInformation media) =>
    [
        "-protocol_whitelist",
        "file",
        "-f",
        "image2",
        "-framerate",
        media.FrameRate.ToString("R", CultureInfo.InvariantCulture),
        "-start_number",
        "1",
        "-i",
        "file:" + Path.Combine(Path.GetFullPath(media.Path).Replace("%", "%%", StringComparison.Ordinal), "frame-%04d.png"),
    ];

    /// <summary>Whether a name is one that <see cref="Fill"/> gives.</summary>
    internal static bool IsPart(string name) => name == SoundName || FrameName().IsMatch(name);

    [GeneratedRegex(@"^frame-\d{4,}\.png$")]
    private static partial Regex FrameName();
}
