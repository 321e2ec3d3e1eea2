using MmDiffusion.Testing.Models;

namespace MmDiffusion.Cli.Tests.Failures;

/// <summary>Media that cannot be worked with: a sentence that names the file, exit code 1, and no folder of results.</summary>
[Trait("group", "media")]
public sealed class BadMediaTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void AssertRefused(string command, string input, string said, params string[] more)
    {
        var sentence = CommandRun.Refuse(
            ExitCode.Failure,
            [command, input, "--model", model.Folder, "--output", _folder["results"], .. more]);
        Assert.Contains($"'{input}'", sentence, StringComparison.Ordinal);
        Assert.Contains(said, sentence, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["results"]));
    }

    private string Write(string name, byte[] content)
    {
        File.WriteAllBytes(_folder[name], content);
        return _folder[name];
    }

    [Theory]
    [InlineData("video-to-audio")]
    [InlineData("audio-to-video", Traits = ["group", "slow"])]
    [InlineData("upscale", Traits = ["group", "slow"])]
    public void What_is_no_media_file_or_only_a_part_of_one_is_refused(string command)
    {
        var whole = File.ReadAllBytes(Inputs.Film(_folder["whole.mp4"], seconds: 3));
        AssertRefused(command, Write("part.mp4", whole[..(whole.Length / 4)]), "breaks off at", "--start", "1.5");
        AssertRefused(command, Write("head.mp4", whole[..64]), "cut short");
        AssertRefused(command, Write("empty.mp4", []), "is empty (0 bytes)");
        AssertRefused(command, Write("text.mp4", "this is a letter, not a film"u8.ToArray()), "no mp4 file at all");
    }

    [Theory]
    [InlineData("video-to-audio")]
    [InlineData("audio-to-video")]
    [InlineData("upscale")]
    public void A_path_that_leads_nowhere_and_a_folder_without_media_are_refused(string command)
    {
        AssertRefused(command, _folder["nowhere.mp4"], "does not exist");
        Directory.CreateDirectory(_folder["empty"]);
        AssertRefused(command, _folder["empty"], "has no media files");
        Write("empty/notes.txt", "x"u8.ToArray());
        AssertRefused(command, _folder["empty"], "has no media files");
    }

    [Theory]
    [InlineData("video-to-audio", false, "has no moving picture, only sound")]
    [InlineData("upscale", false, "has no moving picture, only sound")]
    [InlineData("audio-to-video", true, "has no sound, only a picture")]
    public void A_file_without_the_part_that_is_worked_with_is_refused(string command, bool picture, string said) =>
        AssertRefused(command, picture ? Inputs.Film(_folder["mute.mp4"], sound: false) : Inputs.Noise(_folder["rain.wav"]), said);

    [Theory]
    [InlineData("video-to-audio", "the model needs 0.4 s")]
    [InlineData("audio-to-video", "the model needs 0.4 s")]
    [InlineData("upscale", "a clip cannot start at 7 s")]
    public void A_start_with_too_little_after_it_is_refused(string command, string said) =>
        AssertRefused(command, Inputs.Film(_folder["waves.mp4"]), said, "--start", command == "upscale" ? "7" : "0.3");

    [Theory]
    [InlineData("expected at least 0", "--start", "-1")]
    [InlineData("'soon'", "--start", "soon")]
    [InlineData("expected a number", "--guidance", "nan")]
    [InlineData("expected at least 1", "--count", "0")]
    [InlineData("'avi' not recognized", "--format", "avi")]
    [InlineData("'euler' not recognized", "--sampler", "euler")]
    public void A_line_that_makes_no_sense_is_a_usage_error(string said, params string[] more) =>
        Assert.Contains(said, CommandRun.Refuse(ExitCode.Usage, ["video-to-audio", "a.mp4", .. more]), StringComparison.Ordinal);

    [Theory]
    [InlineData("video-to-audio")]
    [InlineData("upscale")]
    public void An_input_must_be_given(string command) =>
        Assert.Contains("INPUT", CommandRun.Refuse(ExitCode.Usage, command), StringComparison.Ordinal);
}
