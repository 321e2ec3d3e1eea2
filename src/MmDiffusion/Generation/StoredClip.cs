using System.Globalization;
using MmDiffusion.Media;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Generation;

/// <summary>Whether a clip's files hold the whole clip: they are decoded, for a half may begin as the whole does.</summary>
internal static class StoredClip
{
    /// <summary>Frames that a player's clock may round away.</summary>
    private const double Tolerance = 1.5;

    /// <summary>What is wrong with a clip, as the rest of a sentence that begins with its path; null where it is whole.</summary>
    /// <param name="path">The file, or the folder of frames.</param>
    /// <param name="format">How it is stored.</param>
    /// <param name="made">The joint model that made it.</param>
    /// <exception cref="MmDiffusionException">ffmpeg is not installed.</exception>
    internal static string? Fault(string path, ClipFileFormat format, ModelDescription made)
    {
        if (format != ClipFileFormat.Frames && !Ffmpeg.IsAvailable) Ffmpeg.Version(); // Says what is missing.
        try
        {
            return format == ClipFileFormat.Frames ? FaultOfFrames(path, made) : FaultOfFile(path, format, made);
        }
        catch (MmDiffusionException)
        {
            return "cannot be read";
        }
    }

    private static string? FaultOfFile(string path, ClipFileFormat format, ModelDescription made)
    {
        var media = MediaFile.Probe(path);
        if (!media.HasVideo) return "has no picture";
        var pictures = 0.0;
        const int tiny = 16;
        var rate = media.FrameRate is > 0 and <= 1000 ? media.FrameRate : made.FrameRate;
        using (var frames = ClipReader.OpenFrames(media, new ClipFormat(tiny, tiny, rate, 0)))
        {
            var frame = new byte[frames.FrameBytes];
            while (frames.Read(frame)) pictures = frames.Position / rate;
        }
        if (pictures < made.VideoDuration() - Tolerance / made.FrameRate) return Short("picture", pictures, made.VideoDuration());
        if (format == ClipFileFormat.Gif) return FaultOfAudio(WaveFile.Read(Path.ChangeExtension(path, ".wav")), made);
        return media.HasAudio ? FaultOfAudio(ClipReader.ReadAudio(path, made.SampleRate), made) : "has no sound";
    }

    private static string? FaultOfFrames(string folder, ModelDescription made)
    {
        if (!Directory.Exists(folder)) return "is no folder of frames";
        var frames = Directory.EnumerateFiles(folder, "frame-*.png").ToList();
        if (frames.Count < made.Coupled!.Frames)
            return string.Create(CultureInfo.InvariantCulture, $"has {frames.Count} of {made.Coupled.Frames} frames");
        foreach (var frame in frames) PngImage.Read(frame);
        return FaultOfAudio(WaveFile.Read(Path.Combine(folder, "sound.wav")), made);
    }

    private static string? FaultOfAudio(Audio sound, ModelDescription made) =>
        sound.Duration < made.AudioDuration() - Tolerance / made.FrameRate ? Short("sound", sound.Duration, made.AudioDuration()) : null;

    private static string Short(string part, double found, double expected) =>
        string.Create(CultureInfo.InvariantCulture, $"has {found:0.##} of {expected:0.##} s of its {part}");
}
