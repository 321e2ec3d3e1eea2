using MmDiffusion.Cli.Tests.Generating;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Tests.BadInput;

/// <summary>What users give by mistake: one clear sentence, the right exit code, and nothing left behind.</summary>
[Trait("group", "media")]
public sealed class BadInputTests : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TinyModels _models = new();
    private readonly TemporaryFolder _input = new();
    private readonly TemporaryFolder _parent = new();

    [Fact]
    public void A_truncated_video()
    {
        var whole = File.ReadAllBytes(TestClips.Write(_input["whole.mp4"]));
        File.WriteAllBytes(_input["cut.mp4"], whole[..(whole.Length / 2)]);
        Fails(Convert("video-to-audio", _input["cut.mp4"], "--start", "0.6"), "cut.mp4");
    }

    [Fact]
    public void An_empty_file()
    {
        File.WriteAllBytes(_input["empty.mp4"], []);
        Fails(Convert("video-to-audio", _input["empty.mp4"]), "empty.mp4");
    }

    [Fact]
    public void A_text_file_by_the_name_of_a_video()
    {
        File.WriteAllText(_input["story.mp4"], "Once upon a time");
        Fails(Convert("video-to-audio", _input["story.mp4"]), "story.mp4");
    }

    [Fact]
    public void A_video_without_sound_where_sound_is_wanted() =>
        Fails(Convert("audio-to-video", TestClips.Write(_input["mute.mp4"], sound: false)), "mute.mp4", "no sound");

    [Fact]
    public void A_sound_without_picture_where_pictures_are_wanted() =>
        Fails(Convert("video-to-audio", TestClips.Write(_input["tone.wav"], picture: false)), "tone.wav", "has no moving picture");

    [Fact]
    public void A_start_behind_the_end() => Fails(Convert("video-to-audio", TestClips.Write(_input["clip.mp4"]), "--start", "90"), "clip.mp4");

    [Fact]
    public void A_folder_without_clips() => Fails(Convert("video-to-audio", _input.Path), "has no media files");

    [Fact]
    public void A_file_that_is_not_there() => Fails(Convert("video-to-audio", _input["nowhere.mp4"]), "does not exist");

    [Fact]
    public void A_model_that_is_not_there() => Fails(_terminal.Run("sample", "--model", "nowhere", "--output", Output), "there is no model 'nowhere'");

    [Fact]
    public void A_model_whose_audio_length_does_not_fit()
    {
        var path = _input[ModelDirectory.ConfigurationFile];
        File.WriteAllText(path, """{"kind":"joint","coupled":{"audio_length":25599},"trained":false}""");
        Fails(_terminal.Run("sample", "--model", _input.Path, "--output", Output), "audio length 25599 is not a multiple of 64", "25600");
    }

    [Fact]
    public void A_model_without_its_weights()
    {
        new ModelDirectory(_input.Path, TinyModels.JointDescription with { Trained = true }).Save();
        Fails(_terminal.Run("sample", "--model", _input.Path, "--output", Output), "has no model.safetensors");
    }

    [Fact]
    public void An_output_folder_that_cannot_be_made()
    {
        File.WriteAllText(_input["file"], "");
        var exitCode = _terminal.Run("sample", "--model", _models.Joint, "--steps", "1", "--output", Path.Combine(_input["file"], "out"));
        Fails(exitCode, "cannot write");
    }

    [Theory]
    [InlineData("--count is 0", "sample", "--count", "0")]
    [InlineData("'warp' not recognized", "sample", "--sampler", "warp")]
    [InlineData("--guidance is -1", "video-to-audio", "a.mp4", "--guidance", "-1")]
    [InlineData("INPUT", "upscale")]
    [InlineData("either --preset or --config", "checkpoint", "import", "a.pt")]
    [InlineData("--reference", "checkpoint", "verify", "a.pt")]
    public void A_command_line_that_makes_no_sense(string said, params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, _terminal.Run(arguments));
        Assert.Contains(said, Sentence(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _models.Dispose();
        _input.Dispose();
        _parent.Dispose();
    }

    private string Output => _parent["out"];

    private int Convert(string command, string input, params string[] more) =>
        _terminal.Run([command, input, "--model", _models.Joint, "--steps", "1", "--upscaler", "none", "--output", Output, .. more]);

    private void Fails(int exitCode, params string[] said)
    {
        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.All(said, words => Assert.Contains(words, Sentence(), StringComparison.Ordinal));
        Assert.Empty(_terminal.Output);
        Assert.DoesNotContain("   at ", _terminal.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_parent.Path));
    }

    // A model that was not trained is said before the failure.
    private string Sentence() => Assert.Single(_terminal.Error.TrimEnd('\n').Split('\n'), line => !line.Contains("has not been trained", StringComparison.Ordinal));
}
