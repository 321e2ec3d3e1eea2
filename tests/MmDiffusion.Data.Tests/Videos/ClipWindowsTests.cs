using FsCheck;
using FsCheck.Fluent;
using MmDiffusion.Data.Videos;

namespace MmDiffusion.Data.Tests.Videos;

[Trait("group", "unit")]
public sealed class ClipWindowsTests
{
    [Fact]
    public void Every_run_of_every_video_has_one_number() => Prop.ForAll<byte[], PositiveInt>((counts, length) =>
    {
        var expected = counts.SelectMany((count, video) =>
            Enumerable.Range(0, Math.Max(0, count - length.Get + 1)).Select(first => (video, first))).ToList();
        var windows = new ClipWindows(counts.Select(count => (int)count), length.Get);
        return windows.Count == expected.Count && expected.Select((_, index) => windows.Find(index)).SequenceEqual(expected);
    }).QuickCheckThrowOnFailure();
}
