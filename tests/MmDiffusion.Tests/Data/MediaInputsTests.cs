using MmDiffusion.Data;

namespace MmDiffusion.Tests.Data;

[Trait("group", "unit")]
public sealed class MediaInputsTests
{
    [Fact]
    public void A_folder_stands_for_its_media_files_by_name()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "b.mp4", "a.WAV", "notes.txt" }) File.WriteAllText(folder[name], "");
        Assert.Equal([folder["a.WAV"], folder["b.mp4"], folder["notes.txt"]], MediaInputs.Expand([folder.Path, folder["notes.txt"]]));
    }

    [Fact]
    public void A_folder_without_clips_and_a_path_that_is_not_there_are_said()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["notes.txt"], "");
        Assert.Contains("has no media files", Assert.Throws<MmDiffusionException>(() => MediaInputs.Expand([folder.Path])).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<MmDiffusionException>(() => MediaInputs.Expand([folder["x.mp4"]])).Message, StringComparison.Ordinal);
        Assert.Contains("no input", Assert.Throws<MmDiffusionException>(() => MediaInputs.Expand([])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_of_different_files_have_different_names() =>
        Assert.Equal(["a", "a-2", "a-2-2", "b"], MediaInputs.ResultNames(["x/a.mp4", "y/a.wav", "z/a-2.mp4", "b.mp4"]));
}
