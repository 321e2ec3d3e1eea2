using System.Globalization;
using MmDiffusion.Data.Indexing;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Videos;

/// <summary>Which files of an index give clips, and how many frames each has.</summary>
internal static class UsableVideos
{
    /// <summary>Sorts the files.</summary>
    /// <exception cref="MmDiffusionException">No file gives a clip.</exception>
    internal static (IReadOnlyList<(IndexedFile File, int Frames)> Usable, IReadOnlyList<LeftOutVideo> LeftOut) Find(
        MediaIndex index,
        ClipShape shape)
    {
        var (usable, leftOut) = (new List<(IndexedFile, int)>(), new List<LeftOutVideo>());
        foreach (var file in index.Files)
        {
            if ((ReasonAgainst(file) ?? ReasonAgainst(file.Media!, shape)) is { } reason) leftOut.Add(new LeftOutVideo(file.Path, reason));
            else usable.Add((file, FrameCount(file.Media!, shape.FrameRate)));
        }
        if (usable.Count > 0) return (usable, leftOut);
        throw new MmDiffusionException(
            $"none of the {leftOut.Count} files in '{index.Folder}' gives a clip of {shape.Frames} frames with sound; of the first, "
            + $"{leftOut[0].Path}: {leftOut[0].Reason}");
    }

    /// <summary>Frames from the first picture of a file to the end of the last that is there, whatever the header says.</summary>
    internal static int FrameCount(MediaInformation media, double rate) =>
        (int)Math.Min(int.MaxValue / 2, Math.Floor(media.FoundVideoSeconds * rate + 1e-6));

    /// <summary>Why a file gives no clips of any length; null where it may.</summary>
    internal static string? ReasonAgainst(IndexedFile file) => file.Media switch
    {
        null => file.Failure ?? "it cannot be read",
        { HasVideo: false } => "it has no moving picture",
        { HasAudio: false } => "it has no sound",
        _ => null,
    };

    private static string? ReasonAgainst(MediaInformation media, ClipShape shape) =>
        FrameCount(media, shape.FrameRate) is var frames && frames < shape.Frames
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"its picture has {frames} frames at {shape.FrameRate:0.###} per second, a clip takes {shape.Frames}")
            : null;
}
