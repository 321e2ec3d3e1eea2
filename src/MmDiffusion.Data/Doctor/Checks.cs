using MmDiffusion.Data.Videos;
using MmDiffusion.Media;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Doctor;

/// <summary>What can be told from one file alone.</summary>
internal static class Checks
{
    /// <summary>Levels that compression reaches by itself.</summary>
    private const double StillMotion = 2;
    private const double BlankContrast = 8;

    /// <summary>Seconds: a frame of the paper's clips.</summary>
    private const double TolerableOffset = 0.1;
    private const double TolerableEnd = 0.5;

    internal static IEnumerable<Finding> Of(Patient patient, ClipShape shape)
    {
        if (patient.File.Media is not { } media) return [patient.Finding(FindingKind.Unreadable, $"{patient.File.Failure}")];
        if (patient.Fingerprint.Failure is { } failure) return [patient.Finding(FindingKind.Unreadable, $"{failure.Replace(media.Path, patient.File.Path, StringComparison.Ordinal)}")];
        return [.. Parts(patient, media, shape), .. Streams(patient, media), .. Picture(patient, media), .. Content(patient, media), .. Rates(patient, media, shape), .. Offsets(patient, media)];
    }

    private static IEnumerable<Finding> Parts(Patient patient, MediaInformation media, ClipShape shape)
    {
        if (!media.HasVideo) yield return patient.Finding(FindingKind.NoPicture, $"only sound");
        if (!media.HasSound) yield return patient.Finding(FindingKind.NoSound, $"only a picture");
        if (media.HasVideo && UsableVideos.FrameCount(media, shape.FrameRate) < shape.Frames)
            yield return patient.Finding(FindingKind.TooShort, $"{media.VideoSeconds:0.##} s, a clip takes {shape.Frames / shape.FrameRate:0.##} s");
    }

    private static IEnumerable<Finding> Streams(Patient patient, MediaInformation media)
    {
        if (media.VideoStreams > 1) yield return patient.Finding(FindingKind.SeveralStreams, $"{media.VideoStreams} video streams; clips get number {media.VideoPosition}, counted from 0");
        if (media.SoundStreams > 1) yield return patient.Finding(FindingKind.SeveralStreams, $"{media.SoundStreams} audio streams; clips get number {media.SoundPosition}, counted from 0");
    }

    private static IEnumerable<Finding> Picture(Patient patient, MediaInformation media)
    {
        if (media.IsHighDynamicRange && Ffmpeg.CanToneMap) yield return patient.Finding(FindingKind.HighDynamicRange, $"clips get it tone-mapped");
        else if (media.IsHighDynamicRange) yield return patient.Finding(FindingKind.HighDynamicRange, $"clips get it pale, for this ffmpeg has no zscale and tonemap");
        if (media.IsInterlaced) yield return patient.Finding(FindingKind.Interlaced, $"clips get it deinterlaced, {media.FrameRate:0.###} frames per second of {2 * media.FrameRate:0.###} fields");
    }

    private static IEnumerable<Finding> Content(Patient patient, MediaInformation media)
    {
        var seen = patient.Fingerprint;
        foreach (var damage in seen.Damage) yield return patient.Finding(FindingKind.Damaged, $"{damage}");
        if (media.HasSound && seen.Peak < Sound.SilentPeak) yield return patient.Finding(FindingKind.Silent, $"no sample is above {Sound.SilentPeak}");
        if (seen.IsMix) yield return patient.Finding(FindingKind.SilentChannel, $"the first of {media.Channels} channels is silent throughout; clips get the mean of those that are not");
        if (!media.HasVideo) yield break;
        if (seen.Contrast < BlankContrast) yield return patient.Finding(FindingKind.Blank, $"no frame shows anything");
        else if (seen.Motion < StillMotion) yield return patient.Finding(FindingKind.Still, $"no frame visibly differs from the one before");
    }

    private static IEnumerable<Finding> Rates(Patient patient, MediaInformation media, ClipShape shape)
    {
        if (media.HasVideo && media.FrameRate < 0.999 * shape.FrameRate)
            yield return patient.Finding(FindingKind.LowRate, $"{media.FrameRate:0.###} frames per second, clips have {shape.FrameRate:0.###}");
        if (media.HasSound && media.SampleRate < shape.SampleRate)
            yield return patient.Finding(FindingKind.LowRate, $"{media.SampleRate} samples per second, clips have {shape.SampleRate}");
        if (media.IsVariableRate) yield return patient.Finding(FindingKind.VariableRate, $"about {media.FrameRate:0.###} frames per second, not evenly spaced");
    }

    private static IEnumerable<Finding> Offsets(Patient patient, MediaInformation media)
    {
        foreach (var jump in media.ClockJumps ?? [])
            yield return patient.Finding(FindingKind.ClockJump, $"its clock jumps {(jump.By < 0 ? "back" : "ahead")} by {Math.Abs(jump.By):0.##} s at {jump.Time - media.ClipStart:0.##} s");
        if (media is not { HasVideo: true, HasSound: true }) yield break;
        var start = media.SoundStart - media.VideoStart;
        if (Math.Abs(start) > TolerableOffset) yield return patient.Finding(FindingKind.Offset, $"the sound begins {Math.Abs(start):0.##} s {(start > 0 ? "after" : "before")} the picture");
        var end = media.SoundEnd > 0 ? media.VideoEnd - media.SoundEnd : 0;
        if (end > TolerableEnd) yield return patient.Finding(FindingKind.Offset, $"the sound ends {end:0.##} s before the picture");
        if (patient.Fingerprint.Lag is { } lag && Math.Abs(lag) > TolerableOffset)
            yield return patient.Finding(FindingKind.Offset, $"what is heard seems to come {Math.Abs(lag):0.##} s {(lag > 0 ? "after" : "before")} what is seen");
    }
}
