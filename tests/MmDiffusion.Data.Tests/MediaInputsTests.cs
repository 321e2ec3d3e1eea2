using MmDiffusion.Collectives;
using MmDiffusion.Media;

namespace MmDiffusion.Data.Tests;

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
        Assert.Contains(
            "has no media files",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaInputs.Expand([folder.Path])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "does not exist",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaInputs.Expand([folder["x.mp4"]])).Message,
            StringComparison.Ordinal);
        Assert.Contains("no input", Assert.ThrowsAny<MmDiffusionException>(() => MediaInputs.Expand([])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_passed_over_is_counted_and_named()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "a.mp4", "a.json", "sheet.png", ".hidden", "clip.dat", "notes.txt" })
            File.WriteAllText(folder[name], "");
        Directory.CreateDirectory(folder["more"]);
        SpecialFiles.Pipe(folder["live.mp4"]);
        var (files, passedOver) = MediaInputs.Find(folder.Path);
        Assert.Equal([folder["a.mp4"]], files);
        Assert.Equal(["clip.dat", "live.mp4 (a named pipe)", "more/", "notes.txt"], passedOver.Files);
        Assert.Contains(
            $"passed over 4 entries of '{folder.Path}' that are not named as a media file: clip.dat, "
            + "live.mp4 (a named pipe), more/, notes.txt;",
            passedOver.Sentence(),
            StringComparison.Ordinal);
        Assert.Equal(["clip.dat", "live.mp4 (a named pipe)", "notes.txt"], MediaInputs.FindBelow(folder.Path).PassedOver.Files);
        Assert.Null(new PassedOver("x", []).Sentence());
        Assert.EndsWith(
            "1, 2, 3, 4, 5 and 7 more; rename what is one, or name it itself",
            new PassedOver("x", [.. Enumerable.Range(1, 12).Select(number => $"{number}")]).Sentence(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Folders_of_frames_are_clips_and_what_else_is_beside_them_is_passed_over(bool withFiles)
    {
        using var folder = new TemporaryFolder();
        foreach (var clip in new[] { "one", "two" })
        {
            Directory.CreateDirectory(folder[clip]);
            foreach (var part in new[] { "frame-0001.png", "sound.wav" }) File.WriteAllText(Path.Combine(folder[clip], part), "");
        }
        Directory.CreateDirectory(folder["more"]);
        foreach (var name in new[] { "notes.txt", "one.json", ".hidden" }) File.WriteAllText(folder[name], "");
        if (withFiles) File.WriteAllText(folder["a.mp4"], "");

        var (files, passedOver) = MediaInputs.FindClips(folder.Path);

        Assert.Equal([.. withFiles ? (string[])[folder["a.mp4"]] : [], folder["one"], folder["two"]], files);
        Assert.Equal(["more/", "notes.txt"], passedOver.Files);
        Assert.Equal([folder["two"]], MediaInputs.FindClips(folder["two"]).Files);
        Assert.Empty(MediaInputs.FindClips(folder["two"]).PassedOver.Files);
        Directory.CreateDirectory(folder["none/more"]);
        Assert.Contains(
            "has no media files",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaInputs.FindClips(folder["none"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "does not exist",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaInputs.FindClips(folder["nowhere"])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MTS")]
    [InlineData("m2ts")]
    [InlineData("vob")]
    [InlineData("mxf")]
    [InlineData("asf")]
    [InlineData("3g2")]
    [InlineData("mka")]
    [InlineData("caf")]
    [InlineData("oga")]
    [InlineData("f4v")]
    [InlineData("y4m")]
    [InlineData("Ac3")]
    public void Files_of_cameras_discs_and_recorders_are_media(string extension)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[$"a.{extension}"], "");
        Assert.Equal([folder[$"a.{extension}"]], MediaInputs.Expand([folder.Path]));
        Assert.Equal([folder[$"a.{extension}"]], MediaInputs.FindBelow(folder.Path).Files);
    }

    [Fact]
    public void A_name_that_is_too_long_for_a_result_is_cut_and_two_that_become_alike_are_numbered()
    {
        var name = new string('ä', 125);
        var names = MediaInputs.ResultNames([$"x/{name}.mp4", $"y/{name[..^1]}b.mp4", "short.mp4"]);
        Assert.Equal([new string('ä', 100), new string('ä', 100) + "-2", "short"], names);
        var longest = $"{names[1]}-at-12345.678s-upscaled-{ulong.MaxValue}.webm";
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(longest), 1, 255);
    }

    [Fact]
    public void A_pipe_is_refused_at_once_and_one_input_that_fails_a_check_has_no_turn()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "a.mp4", "b.mp4" }) File.WriteAllText(folder[name], "");
        Assert.Contains(
            "is a named pipe",
            Assert.ThrowsAny<MmDiffusionException>(() => MediaInputs.Expand([SpecialFiles.Pipe(folder["pipe"])])).Message,
            StringComparison.Ordinal);
        var (said, worked) = (new List<string>(), new List<string>());
        var inputs = new MediaInputList([folder["a.mp4"], folder["b.mp4"]], said.Add);
        inputs.Check((file, name) => _ = name == "a" ? throw new MmDiffusionException("not this") : file);
        Assert.Contains(
            "1 of 2 inputs failed",
            Assert.ThrowsAny<MmDiffusionException>(() => inputs.ForEach((_, name) => worked.Add(name))).Message,
            StringComparison.Ordinal);
        Assert.Equal(["not this"], said);
        Assert.Equal(["b"], worked);
        Assert.ThrowsAny<MmDiffusionException>(() => inputs.Check((_, _) => throw new MmDiffusionException("nor this")));
    }

    [Fact]
    public void An_input_that_fails_leaves_the_others_their_turn_but_a_lost_rank_does_not()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "a.wav", "b.wav", "c.wav" }) File.WriteAllText(folder[name], "");
        var (said, done) = (new List<string>(), new List<string>());
        var inputs = new MediaInputList([folder.Path], said.Add);
        var failure = Assert.ThrowsAny<MmDiffusionException>(() => inputs.ForEach((_, name) =>
        {
            done.Add(name);
            if (name == "b") throw new MmDiffusionException("b is broken");
        }));
        Assert.Equal(
            ("1 of 3 inputs failed, see above", "a b c", "b is broken"),
            (failure.Message, string.Join(' ', done), Assert.Single(said)));
        Assert.Throws<RankLostException>(() => inputs.ForEach((_, name) =>
        {
            done.Add(name);
            throw new RankLostException(1, 0);
        }));
        Assert.Equal("a b c a", string.Join(' ', done));
        // What another rank says of its own failure ends this input alone.
        Assert.Contains(
            "inputs failed",
            Assert.ThrowsAny<MmDiffusionException>(() => inputs.ForEach((_, _) => throw new RankLostException("the disk is full"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Results_of_different_files_have_different_names() =>
        Assert.Equal(["a", "a-2", "a-2-2", "b"], MediaInputs.ResultNames(["x/a.mp4", "y/a.wav", "z/a-2.mp4", "b.mp4"]));
}
