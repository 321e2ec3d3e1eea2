using System.Diagnostics;
using System.Text.Json;
using MmDiffusion.Checkpoints;
using MmDiffusion.Cli.Tests.Processes;
using MmDiffusion.Generation;
using TorchSharp;

namespace MmDiffusion.Cli.Tests.Training;

[Trait("group", "media")]
public sealed class TrainCommandTests : IDisposable
{
    private const string Configuration = """
        {
          "model": {
            "kind": "joint", "sample_rate": 640,
            "coupled": {
              "frames": 4, "height": 8, "width": 8, "audio_length": 256,
              "base_channels": 32, "channel_multipliers": [1, 1], "blocks_per_level": 1,
              "video_attention_scales": [2], "cross_attention_scales": [2], "cross_attention_windows": [2],
              "cross_attention_head_channels": 32
            }
          },
          "batch_size": 4, "micro_batch": 4, "steps": 40, "ema_rates": [0.9]
        }
        """;

    private readonly TestTerminal _terminal = new();
    private readonly TemporaryFolder _folder = new();

    public TrainCommandTests() => File.WriteAllText(_folder["tiny.json"], Configuration);

    [Fact]
    public void A_run_shows_its_course_and_ends_with_the_models_folder()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run(Train("run", "--steps", "3", "--held-out", "synth:4@2", "--sheet-clips", "1")));
        Assert.Equal(Path.Combine(_folder["run"], "model") + "\n", _terminal.Output);
        Assert.Matches(@"training: 3/3 steps, loss \d\.\d{4}", _terminal.Error);
        Assert.Matches(@"step 3: loss \d\.\d{4} on clips seen, \d\.\d{4} on clips held out; samples: \S+sheet\.png", _terminal.Error);
        Assert.True(ModelDirectory.Open(Path.Combine(_folder["run"], "model")).Description.Trained);
    }

    [Fact]
    public void Json_says_where_the_model_is_and_how_good()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run(Train("run", "--steps", "1", "--sheet-clips", "0", "--json")));
        using var json = JsonDocument.Parse(_terminal.Output);
        Assert.Equal(1, json.RootElement.GetProperty("step").GetInt64());
        Assert.InRange(json.RootElement.GetProperty("seen").GetDouble(), 0.1, 10);
    }

    [Fact]
    public void A_run_that_is_stopped_when_all_its_steps_are_made_is_a_success()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run(Train("run", "--steps", "1", "--sheet-clips", "0")));
        using var stopped = new TestTerminal();
        stopped.Stop();
        Assert.Equal(ExitCode.Success, stopped.Run(Train("run", "--steps", "1", "--sheet-clips", "0", "--resume")));
        Assert.Equal(ExitCode.Stopped, stopped.Run(Train("run", "--steps", "2", "--sheet-clips", "0", "--resume")));
    }

    [Fact]
    public void A_configuration_of_the_other_kind_names_the_other_command()
    {
        Assert.Equal(
            ExitCode.Failure,
            _terminal.Run("train-upscaler", "--config", _folder["tiny.json"], "--data", "synth:4", "--output", _folder["run"]));
        Assert.Contains("use 'mmdiff train'", _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("group", "slow")]
    public void One_file_that_is_cut_short_does_not_end_a_run_nor_its_resumption()
    {
        // ffmpeg resamples to 1000 Hz at the least.
        File.WriteAllText(
            _folder["tiny.json"],
            Configuration.Replace("\"sample_rate\": 640", "\"frame_rate\": 16, \"sample_rate\": 1024", StringComparison.Ordinal));
        for (var i = 0; i < 3; i++) Inputs.Film(_folder[$"clips/{i}.mp4"], seconds: 2);
        var whole = File.ReadAllBytes(Inputs.Film(_folder["whole.mp4"], seconds: 4));
        File.WriteAllBytes(_folder["clips/cut.mp4"], whole[..(whole.Length / 2)]);
        string[] Line(string run, string steps, params string[] more) =>
            [
                "train", "--config", _folder["tiny.json"], "--data", _folder["clips"], "--output", _folder[run], "--steps", steps,
                "--sheet-clips", "0", "--checkpoint-every", "3", .. more,
            ];
        var straight = CommandRun.Succeed(Line("straight", "6"));
        Assert.Contains("left out what cannot be read of cut.mp4", straight.Error, StringComparison.Ordinal);
        CommandRun.Succeed(Line("resumed", "3"));
        CommandRun.Succeed(Line("resumed", "6", "--resume"));
        Assert.Equal(
            File.ReadAllBytes(_folder["straight/model/model.safetensors"]),
            File.ReadAllBytes(_folder["resumed/model/model.safetensors"]));
    }

    [Fact]
    public void Clips_held_out_that_are_trained_on_are_said()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run(Train("run", "--steps", "1", "--held-out", "synth:4", "--sheet-clips", "0")));
        Assert.Contains("the clips held out are among those to train on", _terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_and_the_weights_to_start_from_are_not_replaced()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run(Train("run", "--steps", "1", "--sheet-clips", "0")));
        Directory.Delete(_folder["run/checkpoints"], recursive: true);
        var weights = File.ReadAllBytes(_folder["run/model/model.safetensors"]);
        foreach (var from in new[] { "run/model/model.safetensors", "run/model" })
        {
            var sentence = CommandRun.Refuse(ExitCode.Failure, Train("run", "--steps", "1", "--from", _folder[from]));
            Assert.Contains("would replace the input", sentence, StringComparison.Ordinal);
        }
        Assert.Equal(weights, File.ReadAllBytes(_folder["run/model/model.safetensors"]));
    }

    [Fact]
    public void A_folder_or_a_pipe_in_the_place_of_a_file_is_said_as_what_it_is()
    {
        foreach (var option in new[] { "--config", "--from" })
        {
            string[] line = option == "--config"
                ? ["train", "--config", _folder.Path, "--data", "synth:4", "--output", _folder["run"]]
                : Train("run", "--from", _folder.Path);
            var sentence = CommandRun.Refuse(ExitCode.Failure, line);
            Assert.Contains($"'{_folder.Path}'", sentence, StringComparison.Ordinal);
            Assert.Contains("is a folder", sentence, StringComparison.Ordinal);
        }
        var pipe = SpecialFiles.Pipe(_folder["pipe"]);
        var said = SpecialFiles.WithoutWaiting(() =>
            CommandRun.Refuse(ExitCode.Failure, "train", "--config", pipe, "--data", "synth:4", "--output", _folder["run"]));
        Assert.Contains("is a named pipe", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_a_training_that_diverged_are_no_start()
    {
        Assert.Equal(ExitCode.Success, _terminal.Run(Train("run", "--steps", "1", "--sheet-clips", "0", "--review-every", "0")));
        using (var scope = torch.NewDisposeScope())
        using (var source = WeightFile.Open(_folder["run/model/model.safetensors"]))
        {
            var weights = source.Entries.ToDictionary(entry => entry.Name, entry => source.Load(entry.Name).clone());
            weights.First(entry => entry.Value.numel() > 3).Value.flatten()[1] = float.PositiveInfinity;
            SafetensorsWriter.Write(_folder["bad.safetensors"], weights);
        }
        Assert.Equal(ExitCode.Failure, _terminal.Run(Train("other", "--steps", "1", "--from", _folder["bad.safetensors"])));
        Assert.Contains("bad.safetensors' hold NaN or infinite values", _terminal.Error, StringComparison.Ordinal);
        Assert.False(
            Directory.Exists(_folder["other/checkpoints"]) && Directory.EnumerateFileSystemEntries(_folder["other/checkpoints"]).Any());
    }

    [Theory]
    [InlineData("synth:none", "was not understood")]
    [InlineData("/nowhere", "does not exist")]
    public void Data_that_is_not_there_is_said(string data, string said)
    {
        Assert.Equal(
            ExitCode.Failure,
            _terminal.Run("train", "--config", _folder["tiny.json"], "--data", data, "--output", _folder["run"]));
        Assert.Contains(said, _terminal.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    [Trait("group", "slow")]
    public async Task A_run_that_is_killed_again_and_again_ends_as_if_it_had_not_been(int kills)
    {
        Assert.Equal(0, BuiltProgram.Run(Start("whole")).ExitCode);
        var random = new Random(kills);
        for (var kill = 0; kill < kills; kill++)
        {
            using var process = Process.Start(Start("killed"))!;
            var error = process.StandardError.ReadToEndAsync();
            // From the first moment of the process to well within its steps.
            if (!process.WaitForExit(TimeSpan.FromSeconds(0.5 + 3 * random.NextDouble()))) process.Kill();
            Assert.DoesNotContain("unexpected", await error, StringComparison.Ordinal);
        }
        Assert.Equal(0, BuiltProgram.Run(Start("killed")).ExitCode);
        foreach (var file in new[] { "checkpoints/step-00000040/state.safetensors", "model/model.safetensors", "losses.csv" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(_folder["whole"], file)), File.ReadAllBytes(Path.Combine(_folder["killed"], file)));
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _folder.Dispose();
    }

    private string[] Train(string output, params string[] more) =>
        ["train", "--config", _folder["tiny.json"], "--data", "synth:8", "--output", _folder[output], "--checkpoint-every", "2", .. more];

    private ProcessStartInfo Start(string output) =>
        BuiltProgram.StartInfo(BuiltProgram.Folder, Train(output, "--resume", "--sheet-clips", "0", "--review-every", "0"));
}
