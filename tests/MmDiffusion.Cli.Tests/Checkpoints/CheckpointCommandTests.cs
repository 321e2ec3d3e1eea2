using MmDiffusion.Checkpoints;
using MmDiffusion.Generation;
using MmDiffusion.Testing.Models;
using TorchSharp;

namespace MmDiffusion.Cli.Tests.Checkpoints;

[Trait("group", "unit")]
public sealed class CheckpointCommandTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Weights => Path.Combine(model.Folder, ModelDirectory.WeightsFile);

    private string Configuration => Path.Combine(model.Folder, ModelDirectory.ConfigurationFile);

    [Fact]
    public void Import_makes_a_model_s_folder_and_prints_its_path_last()
    {
        var run = CommandRun.Succeed("checkpoint", "import", Weights, "--config", Configuration, "--output", _folder["own"]);
        Assert.Equal(_folder["own"], run.Lines[^1]);
        Assert.Equal(
            ["config.json", "model.safetensors"],
            Directory.GetFiles(_folder["own"]).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        Assert.Equal("model.safetensors", ModelDirectory.Open(_folder["own"], ModelKind.Joint).Description.Source);
        var (before, after) = (InfoOf(Weights), InfoOf(Path.Combine(_folder["own"], ModelDirectory.WeightsFile)));
        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData(float.NaN, "fp32", "hold NaN or infinite values (in '")]
    [InlineData(float.NegativeInfinity, "bf16", "hold NaN or infinite values (in '")]
    public void Weights_of_a_training_that_diverged_are_not_imported(float weight, string type, string said)
    {
        var bad = _folder["bad.safetensors"];
        using (var scope = torch.NewDisposeScope())
        using (var source = WeightFile.Open(Weights))
        {
            var weights = source.Entries.ToDictionary(entry => entry.Name, entry => source.Load(entry.Name).clone());
            weights.Last(entry => entry.Value.numel() > 3).Value.flatten()[2] = weight;
            SafetensorsWriter.Write(bad, weights);
        }
        var sentence = CommandRun.Refuse(
            ExitCode.Failure, "checkpoint", "import", bad, "--config", Configuration, "--type", type, "--output", _folder["own"]);
        Assert.Contains($"the weights in '{bad}' {said}", sentence, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder["own"], ModelDirectory.WeightsFile)));
    }

    private static (int, long) InfoOf(string path)
    {
        var weights = CommandRun.Succeed("checkpoint", "info", path, "--json").Json().GetProperty("weights");
        Assert.Equal("safetensors", weights.GetProperty("format").GetString());
        return (weights.GetProperty("tensors").GetInt32(), weights.GetProperty("parameters").GetInt64());
    }

    [Fact]
    public void Info_tells_of_a_folder_what_its_json_tells()
    {
        var run = CommandRun.Succeed("checkpoint", "info", model.Folder, "--json").Json();
        var digest = run.GetProperty("weights").GetProperty("digest").GetString()!;
        Assert.Equal("joint", run.GetProperty("description").GetProperty("kind").GetString());
        Assert.Matches("^[0-9a-f]{64}$", digest);
        var table = CommandRun.Succeed("checkpoint", "info", model.Folder).Output;
        Assert.Contains(digest, table, StringComparison.Ordinal);
        Assert.Contains("4 frames of 8x8, 10 per second", table, StringComparison.Ordinal);
        Assert.Contains("3200 samples, 8000 per second", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("import", "--preset", "landscape")]
    [InlineData("info")]
    [InlineData("verify", "--preset", "landscape", "--reference", "nowhere.safetensors")]
    public void A_checkpoint_that_names_a_program_is_refused_by_that_name_and_the_program_not_run(string command, params string[] more)
    {
        var mark = _folder["owned"];
        var pickle = new PickleWriter().Global("os", "system").Op('(').Text($"touch '{mark}'").Op('t').Op('R').Stop();
        var evil = PtFixture.Zip(_folder["evil.pt"], pickle);
        string[] line = ["checkpoint", command, evil, .. more];
        if (command == "import") line = [.. line, "--output", _folder["own"]];
        if (command == "verify") line[^1] = Weights;
        Assert.Contains("'os.system'", CommandRun.Refuse(ExitCode.Failure, line), StringComparison.Ordinal);
        Assert.Equal(["evil.pt"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(entry => Path.GetFileName(entry)));
    }

    [Theory]
    [InlineData("import", "", "give either --preset or --config")]
    [InlineData("import", "--preset landscape --config c.json", "give either --preset or --config")]
    [InlineData("import", "--preset portrait", "'portrait' not recognized")]
    [InlineData("verify", "", "'--reference' is required")]
    [InlineData("verify", "--reference r --preset landscape --config c.json", "not both")]
    public void A_line_that_makes_no_sense_is_a_usage_error(string command, string more, string said) => Assert.Contains(
        said,
        CommandRun.Refuse(ExitCode.Usage, ["checkpoint", command, "a.pt", .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries)]),
        StringComparison.Ordinal);

    [Fact]
    public void Weights_that_do_not_fit_the_description_are_not_imported()
    {
        Assert.Contains(
            "do not fit",
            CommandRun.Refuse(ExitCode.Failure, "checkpoint", "import", Weights, "--preset", "landscape", "--output", _folder["own"]),
            StringComparison.Ordinal);
        File.WriteAllText(_folder["config.json"], """{"coupled":{"audio_length":25599}}""");
        Assert.Contains(
            "audio length 25599",
            CommandRun.Refuse(
                ExitCode.Failure, "checkpoint", "import", Weights, "--config", _folder["config.json"], "--output", _folder["own"]),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["own"]));
    }

    [Theory]
    [InlineData("nowhere.pt", "cannot read")]
    [InlineData("empty.pt", "is empty")]
    [InlineData("text.pt", "neither a safetensors file nor a PyTorch checkpoint")]
    public void What_is_no_checkpoint_is_said(string name, string said)
    {
        File.WriteAllText(_folder["empty.pt"], "");
        File.WriteAllText(_folder["text.pt"], "weights, honestly");
        Assert.Contains(said, CommandRun.Refuse(ExitCode.Failure, "checkpoint", "info", _folder[name]), StringComparison.Ordinal);
        Assert.Contains(
            said,
            CommandRun.Refuse(
                ExitCode.Failure, "checkpoint", "import", _folder[name], "--config", Configuration, "--output", _folder["own"]),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["own"]));
    }

    [Fact]
    public void A_recording_of_another_model_is_said()
    {
        Assert.Contains(
            "has no 'video'",
            CommandRun.Refuse(ExitCode.Failure, "checkpoint", "verify", model.Folder, "--reference", Weights),
            StringComparison.Ordinal);
        Assert.Contains(
            "cannot read",
            CommandRun.Refuse(ExitCode.Failure, "checkpoint", "verify", model.Folder, "--reference", "nowhere"),
            StringComparison.Ordinal);
    }
}
