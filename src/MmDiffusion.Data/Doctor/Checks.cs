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

    internal static IEnumerable<Finding> Of(ProbedFile file, ClipShape shape)
    {
        if (file.File.Media is not { } media) return [file.Finding(FindingKind.Unreadable, $"{file.File.Failure}")];
        if (file.Fingerprint.Failure is { } failure)
            return [file.Finding(FindingKind.Unreadable, $"{failure.Replace(media.Path, file.File.Path, StringComparison.Ordinal)}")];
        return [
            .. Parts(file, media, shape), .. Streams(file, media), .. Picture(file, media), .. Content(file, media),
            .. Rates(file, media, shape), .. Offsets(file, media),
        ];
    }

    private static IEnumerable<Finding> Parts(ProbedFile file, MediaInformation media, ClipShape shape)
    {
        if (!media.HasVideo) yield return file.Finding(FindingKind.NoPicture, $"only sound");
        if (!media.HasAudio) yield return file.Finding(FindingKind.NoSound, $"only a picture");
        if (media.HasVideo && UsableVideos.FrameCount(media, shape.FrameRate) < shape.Frames)
            yield return file.Finding(
                FindingKind.TooShort,
                $"{media.VideoSeconds:0.##} s, a clip takes {shape.Frames / shape.FrameRate:0.##} s");
    }

    private static IEnumerable<Finding> Streams(ProbedFile file, MediaInformation media)
    {
        if (media.VideoStreams > 1)
            yield return file.Finding(
                FindingKind.SeveralStreams,
                $"{media.VideoStreams} video streams; clips get number {media.VideoPosition}, counted from 0");
        if (media.AudioStreams > 1)
            yield return file.Finding(
                FindingKind.SeveralStreams,
                $"{media.AudioStreams} audio streams; clips get number {media.AudioPosition}, counted from 0");
    }

    private static IEnumerable<Finding> Picture(ProbedFile file, MediaInformation media)
    {
        if (media.IsHighDynamicRange && Ffmpeg.CanToneMap)
            yield return file.Finding(FindingKind.HighDynamicRange, $"clips get it tone-mapped");
        else if (media.IsHighDynamicRange)
            yield return file.Finding(FindingKind.HighDynamicRange, $"clips get it pale, for this ffmpeg has no zscale and tonemap");
        if (media.IsInterlaced)
            yield return file.Finding(
                FindingKind.Interlaced,
                $"clips get it deinterlaced, {media.FrameRate:0.###} frames per second of {2 * media.FrameRate:0.###} fields");
    }

    private static IEnumerable<Finding> Content(ProbedFile file, MediaInformation media)
    {
        var seen = file.Fingerprint;
        foreach (var damage in seen.Damage) yield return file.Finding(FindingKind.Damaged, $"{damage}");
        if (media.HasAudio && seen.Peak < Audio.SilentPeak)
            yield return file.Finding(FindingKind.Silent, $"no sample is above {Audio.SilentPeak}");
        var channels = media.Channels > 1 ? $"{media.Channels} channels" : "its channels";
        if (seen.IsMix)
            yield return file.Finding(
                FindingKind.SilentChannel,
                $"the first of {channels} is silent throughout; clips get the mean of those that are not");
        if (!media.HasVideo) yield break;
        if (seen.Contrast < BlankContrast) yield return file.Finding(FindingKind.Blank, $"no frame shows anything");
        else if (seen.Motion < StillMotion) yield return file.Finding(FindingKind.Still, $"no frame visibly differs from the one before");
    }

    private static IEnumerable<Finding> Rates(ProbedFile file, MediaInformation media, ClipShape shape)
    {
        if (media.HasVideo && media.FrameRate < 0.999 * shape.FrameRate)
            yield return file.Finding(
                FindingKind.LowRate,
                $"{media.FrameRate:0.###} frames per second, clips have {shape.FrameRate:0.###}");
        if (media.HasAudio && media.SampleRate < shape.SampleRate)
            yield return file.Finding(FindingKind.LowRate, $"{media.SampleRate} samples per second, clips have {shape.SampleRate}");
        if (media.IsVariableRate)
            yield return file.Finding(FindingKind.VariableRate, $"about {media.FrameRate:0.###} frames per second, not evenly spaced");
    }

    private static IEnumerable<Finding> Offsets(ProbedFile file, MediaInformation media)
    {
        foreach (var jump in media.ClockJumps ?? [])
            yield return file.Finding(
                FindingKind.ClockJump,
                $"its clock jumps {(jump.By < 0 ? "back" : "ahead")} by {Math.Abs(jump.By):0.##} s at {jump.Time
                    - media.ClipStart:0.##} s");
        if (media is not { HasVideo: true, HasAudio: true }) yield break;
        var start = media.AudioStart - media.VideoStart;
        if (Math.Abs(start) > TolerableOffset)
            yield return file.Finding(
                FindingKind.Offset,
                $"the sound begins {Math.Abs(start):0.##} s {(start > 0 ? "after" : "before")} the picture");
        var end = media.AudioEnd > 0 ? media.VideoEnd - media.AudioEnd : 0;
        if (end > TolerableEnd) yield return file.Finding(FindingKind.Offset, $"the sound ends {end:0.##} s before the picture");
        if (file.Fingerprint.Lag is { } lag && Math.Abs(lag) > TolerableOffset)
            yield return file.Finding(
                FindingKind.Offset,
                $"what is heard seems to come {Math.Abs(lag):0.##} s {(lag > 0 ? "after" : "before")} what is seen");
    }
}
