using MmDiffusion.Evaluation.Alignment;
using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests.Alignment;

[Trait("group", "unit")]
public sealed class TrueEventsTests
{
    [Fact]
    public void Each_clip_finds_its_scene_and_the_scene_its_video()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "rain-1.json", "rain-10.json" }) File.WriteAllText(folder[name], "{}");
        var truths = TrueEvents.Find(["a/rain-10-0.mp4", "a/rain-1-0.mp4", "a/rain-1.webm"], folder.Path);
        Assert.Equal([folder["rain-10.json"], folder["rain-1.json"], folder["rain-1.json"]], truths);
        Assert.Equal([1, 0, 0], TrueEvents.VideosOf(truths, [folder["rain-1.mp4"], folder["rain-10.webm"], folder["other.mp4"]]));
    }

    [Theory]
    [InlineData("the scene of", "rain-1.json", "has no video beside it", "other.mp4")]
    [InlineData("rain-1.mp4", "rain-1.webm", "are both videos of one scene", "rain-1.mp4", "rain-1.webm")]
    public void A_scene_without_a_video_or_with_two_is_a_sentence(string first, string second, string third, params string[] videos)
    {
        var message = Assert.ThrowsAny<MmDiffusionException>(() => TrueEvents.VideosOf(["rain-1.json"], videos)).Message;
        Assert.All([first, second, third], part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
