using MmDiffusion.Data.Packing;
using MmDiffusion.Data.Videos;
using MmDiffusion.Media;

namespace MmDiffusion.Data.Tests;

[Trait("group", "media")]
public sealed class SharedClipsTests
{
    [Theory]
    [InlineData("synth:10@3", "synth:10@3", "the clips held out are among")]
    [InlineData("synth:10@3", "synth:4@3", "the clips held out are among")]
    [InlineData("synth:4@3", "synth:10@3", "4 of 10 scenes held out are among")]
    [InlineData("synth:10@3", "synth:10@4", null)]
    public void Scenes_of_one_seed_are_the_same(string training, string heldOut, string? said)
    {
        using var seen = ClipSources.Open(training, TestVideos.Shape);
        using var unseen = ClipSources.Open(heldOut, TestVideos.Shape);
        AssertSaid(said, seen, unseen);
    }

    [Fact]
    public void Videos_are_known_by_their_bytes_wherever_they_are()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 3; i++) TestVideos.Numbered(folder[$"train/{i}.mkv"], 6, first: 20 * i);
        TestVideos.Numbered(folder["test/own.mkv"], 6, first: 100);
        Directory.CreateSymbolicLink(folder["again"], folder["train"]);
        Directory.CreateDirectory(folder["copy"]);
        foreach (var file in Directory.GetFiles(folder["train"], "*.mkv"))
            File.Copy(file, Path.Combine(folder["copy"], "other-" + Path.GetFileName(file)));
        using var seen = new VideoClipSource(folder["train"], TestVideos.Shape);
        foreach (var same in new[] { "train", "again", "copy" })
        {
            using var unseen = new VideoClipSource(folder[same], TestVideos.Shape);
            AssertSaid("the clips held out are among", seen, unseen);
        }
        using (var other = new VideoClipSource(folder["test"], TestVideos.Shape)) AssertSaid(null, seen, other);
        File.Copy(folder["train/1.mkv"], folder["test/stray.mkv"]);
        using (var mixed = new VideoClipSource(folder["test"], TestVideos.Shape))
            AssertSaid("1 of 2 files held out are among", seen, mixed);
        foreach (var (from, to) in new[] { ("train", "packed"), ("copy", "packed-again") })
            new ClipPacker(folder[from], folder[to], new ClipFormat(8, 8, 10, 16_000)).Pack();
        using var packed = new PackedClipSource(folder["packed"], TestVideos.Shape);
        using var packedAgain = new PackedClipSource(folder["packed-again"], TestVideos.Shape);
        AssertSaid("the clips held out are among", packed, packedAgain);
    }

    private static void AssertSaid(string? said, IClipSource training, IClipSource heldOut)
    {
        var sentence = SharedClips.Sentence(training, heldOut);
        if (said is null) Assert.Null(sentence);
        else Assert.StartsWith(said, sentence, StringComparison.Ordinal);
    }
}
