using System.Text.Json;
using MmDiffusion.Cli.Tests.Generating;
using MmDiffusion.Media;

namespace MmDiffusion.Cli.Tests.Commands;

[Trait("group", "media")]
public sealed class GivenClipCommandTests : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TinyModels _models = new();
    private readonly TemporaryFolder _input = new();
    private readonly TemporaryFolder _output = new();

    [Fact]
    public void Sound_for_a_video_keeps_its_pictures_and_differs_by_seed()
    {
        var video = TestClips.Write(_input["clip.mp4"], sound: false);
        Assert.Equal(ExitCode.Success, Run("video-to-audio", video, "--count", "2"));
        var given = ClipReader.ReadFrames(video, TinyModels.Format(16)).Pixels;
        foreach (var seed in new[] { 0, 1 })
        {
            for (var frame = 0; frame < TinyModels.Frames; frame++)
            {
                var kept = PngImage.Read(Directory.GetFiles(_output[$"clip-{seed}"], "*.png").Order(StringComparer.Ordinal).ElementAt(frame)).Pixels;
                Assert.Equal(given[(frame * kept.Length)..((frame + 1) * kept.Length)], kept);
            }
        }
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(_output["clip-0"], "sound.wav")), File.ReadAllBytes(Path.Combine(_output["clip-1"], "sound.wav")));
    }

    [Fact]
    public void Pictures_for_a_sound_keep_it_and_differ_by_seed()
    {
        var sound = TestClips.Write(_input["tone.wav"], picture: false);
        Assert.Equal(ExitCode.Success, Run("audio-to-video", sound, "--count", "2"));
        var given = WaveFile.Read(sound).Samples.AsSpan(0, TinyModels.AudioLength);
        foreach (var seed in new[] { 0, 1 })
        {
            var kept = WaveFile.Read(Path.Combine(_output[$"tone-{seed}"], "sound.wav")).Samples;
            for (var i = 0; i < given.Length; i++) Assert.Equal(given[i], kept[i], 2.0 / short.MaxValue);
        }
        Assert.NotEqual(First("tone-0"), First("tone-1"));

        byte[] First(string clip) => PngImage.Read(Directory.GetFiles(_output[clip], "*.png").Order(StringComparer.Ordinal).First()).Pixels;
    }

    [Fact]
    public void A_start_is_in_the_name_and_replacement_alone_is_possible()
    {
        Assert.Equal(ExitCode.Success, Run("video-to-audio", TestClips.Write(_input["clip.mp4"]), "--start", "0.5", "--guidance", "0"));
        Assert.True(Directory.Exists(_output["clip-at-0.5s-0"]));
    }

    [Fact]
    public void Of_several_inputs_the_good_ones_are_done_though_one_is_bad()
    {
        TestClips.Write(_input["a.mp4"]);
        File.WriteAllText(_input["b.mp4"], "no video at all");
        TestClips.Write(_input["c.mp4"]);
        Assert.Equal(ExitCode.Failure, Run("video-to-audio", _input.Path));
        Assert.True(Directory.Exists(_output["a-0"]));
        Assert.True(Directory.Exists(_output["c-0"]));
        Assert.False(Directory.Exists(_output["b-0"]));
        Assert.Contains("b.mp4", _terminal.Error, StringComparison.Ordinal);
        Assert.EndsWith("mmdiff: 1 of 3 inputs failed, see above\n", _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_are_enlarged_and_their_sound_stays()
    {
        var video = TestClips.Write(_input["clip.mp4"]);
        Assert.Equal(ExitCode.Success, _terminal.Run("upscale", video, "--model", _models.Joint, "--steps", "1", "--frames", "3", "--output", _output.Path, "--json"));
        using var json = JsonDocument.Parse(_terminal.Output);
        var path = json.RootElement[0].GetProperty("path").GetString()!;
        Assert.Equal(3, ClipReader.ReadFrames(path, TinyModels.Format(16)).Count);
        Assert.Equal((2 * TinyModels.Size, 2 * TinyModels.Size), (MediaFile.Probe(path).Width, MediaFile.Probe(path).Height));
        Assert.True(MediaFile.Probe(path).HasSound);
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _models.Dispose();
        _input.Dispose();
        _output.Dispose();
    }

    private int Run(string command, string input, params string[] more) => _terminal.Run(
        [command, input, "--model", _models.Joint, "--steps", "2", "--upscaler", "none", "--format", "frames", "--precision", "fp32", "--output", _output.Path, .. more]);
}
