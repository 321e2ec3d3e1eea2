using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Media;
using MmDiffusion.Media.Reading;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Evaluation.Tests;

[Trait("group", "media")]
public sealed class RefusedClipsTests(SceneFolder scenes)
{
    private string Refuse(string generated, string? training = null, EvaluationProtocol? protocol = null) =>
        Assert.ThrowsAny<MmDiffusionException>(
            () =>
                new ClipEvaluation(protocol ?? scenes.Protocol, scenes.Cache).Run(new EvaluationFolders(scenes.Real, generated, training)))
            .Message;

    [Fact]
    public void Too_few_clips_are_refused() =>
        Assert.Contains("has 2 clips, expected at least 16", Refuse(scenes.Draw("few", 4, 2)), StringComparison.Ordinal);

    [Fact]
    public void Fewer_clips_than_the_protocol_asks_for_are_refused() => Assert.Contains(
        "has 16 clips, but the protocol 'quick' asks for 20",
        Refuse(scenes.Generated, protocol: scenes.Protocol with { Clips = 20 }),
        StringComparison.Ordinal);

    [Fact]
    public void A_broken_clip_is_named()
    {
        var folder = scenes.Copy(scenes.Generated, "broken");
        var path = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ElementAt(5);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..300]);
        Assert.Contains(path, Refuse(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void All_clips_that_lack_a_part_are_named_before_any_is_measured()
    {
        var folder = scenes.Copy(scenes.Generated, "lacking");
        var paths = Directory.GetFiles(folder, "*.mp4").Order(StringComparer.Ordinal).ToList();
        var whole = ClipReader.ReadClip(paths[0], ClipFormat.Native(MediaFile.Probe(paths[0])));
        foreach (var place in new[] { 2, 7, 11 })
            ClipWriter.Write(paths[place], whole with { Audio = new Audio([], 16_000) }, ClipFileFormat.Mp4);
        File.WriteAllText(paths[4], "text");
        var sentence = Refuse(folder);
        Assert.Contains("4 of ", sentence, StringComparison.Ordinal);
        Assert.All(new[] { 2, 7, 11 }, place => Assert.Contains($"'{paths[place]}' has no sound", sentence, StringComparison.Ordinal));
        Assert.Contains($"'{paths[4]}'", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain(paths[0], sentence, StringComparison.Ordinal);
        var followed = Assert.ThrowsAny<MmDiffusionException>(() => MmDiffusion.Evaluation.Alignment.TrackReader.Read(paths)).Message;
        Assert.All(new[] { 2, 4, 7, 11 }, place => Assert.Contains($"'{paths[place]}'", followed, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("group", "slow")]
    public void Clips_of_mixed_sizes_are_refused()
    {
        var folder = scenes.Copy(scenes.Generated, "mixed");
        File.Copy(Directory.GetFiles(scenes.Draw("large", 5, 1, size: 24), "*.mp4")[0], Path.Combine(folder, "x.mp4"));
        var sentence = Refuse(folder);
        Assert.Contains("the generated clips are not alike", sentence, StringComparison.Ordinal);
        Assert.Contains("16x16", sentence, StringComparison.Ordinal);
        Assert.Contains("24x24", sentence, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "slow")]
    public void Sets_of_different_sizes_are_refused_unless_the_protocol_makes_them_alike()
    {
        var folder = scenes.Draw("larger", 6, SceneFolder.Count, size: 24);
        var evaluation = new ClipEvaluation(scenes.Protocol, scenes.Cache);
        var refusal = Assert.ThrowsAny<MmDiffusionException>(() =>
            evaluation.Run(new EvaluationFolders(scenes.Real, folder), progress: _ => Assert.Fail("Clips were read before.")));
        Assert.Contains("their distance would be that of the sizes", refusal.Message, StringComparison.Ordinal);
        var report = new ClipEvaluation(scenes.Protocol with { Height = 16, Width = 16 }, null).Run(new EvaluationFolders(
            scenes.Real,
            folder));
        Assert.Equal((16, 16), (report.Shape.Height, report.Shape.Width));
    }

    [Fact]
    public void Clips_that_are_too_short_are_refused() => Assert.Contains(
        "has 16 frames at 10 fps, but the protocol 'quick' asks for 17",
        Refuse(scenes.Generated, protocol: scenes.Protocol with { Frames = 17 }),
        StringComparison.Ordinal);

    [Fact]
    public void Real_clips_that_were_trained_on_say_nothing_of_memorisation() =>
        Assert.Contains("nothing is held out", Refuse(scenes.Generated, training: scenes.Real), StringComparison.Ordinal);
}
