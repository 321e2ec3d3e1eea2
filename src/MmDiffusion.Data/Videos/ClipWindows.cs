namespace MmDiffusion.Data.Videos;

/// <summary>Numbers every run of consecutive frames in a list of videos.</summary>
internal sealed class ClipWindows
{
    private readonly int[] _ends;

    /// <param name="frameCounts">Frames of each video.</param>
    /// <param name="length">Frames of a run.</param>
    internal ClipWindows(IEnumerable<int> frameCounts, int length)
    {
        var total = 0;
        _ends = [.. frameCounts.Select(count => total = checked(total + Math.Max(0, count - length + 1)))];
    }

    /// <summary>Number of runs.</summary>
    internal int Count => _ends is [.., var last] ? last : 0;

    /// <summary>Which video a run is in, and at which of its frames it begins.</summary>
    internal (int Video, int FirstFrame) Find(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var place = Array.BinarySearch(_ends, index + 1);
        // Videos without a run end where the one before does: the first of equal ends is the one that has the run.
        var video = place >= 0 ? place : ~place;
        while (video > 0 && _ends[video - 1] > index) video--;
        return (video, index - (video == 0 ? 0 : _ends[video - 1]));
    }
}
