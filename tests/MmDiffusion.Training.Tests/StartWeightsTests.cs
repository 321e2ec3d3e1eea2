using MmDiffusion.Checkpoints;
using MmDiffusion.Diffusion;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Training.Tests;

/// <summary>Trainings that start from weights of others.</summary>
[Trait("group", "unit")]
public sealed class StartWeightsTests : IDisposable
{
    // So slow that weights are what they were.
    private static readonly TrainingConfiguration Slow = TinyTraining.Joint with { Steps = 1, LearningRate = 1e-12, EmaRates = [0.9, 0.5] };

    private const float Scale = 1e-3f;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, "average_0.9", 3)]
    [InlineData("weights", "weights", 1)]
    [InlineData("average_0.5", "average_0.5", 4)]
    public void Any_average_of_a_run_or_its_weights_can_be_started_from_and_it_is_said_which(string? section, string taken, float value)
    {
        var step = WriteState(new Dictionary<string, float>
        {
            ["weights"] = 1,
            ["first_moment"] = 2,
            ["average_0.9"] = 3,
            ["average_0.5"] = 4,
        });
        var said = Run(Slow, step, section);
        Assert.Contains(said, sentence => sentence.Contains($"the section '{taken}' is taken", StringComparison.Ordinal));
        using var scope = NewDisposeScope();
        using var state = WeightFile.Open(Path.Combine(_folder["run"], "checkpoints", "step-00000001", "state.safetensors"), "weights");
        Assert.All(state.Entries, entry => Assert.True(state.Load(entry.Name).sub(Scale * value).abs().max().item<float>() < 1e-6));
    }

    [Fact]
    public void What_weights_were_trained_for_is_compared_with_the_run()
    {
        var model = Slow.Model with
        {
            Diffusion = Slow.Model.Diffusion with { Prediction = PredictionKind.V, Schedule = ScheduleKind.Cosine },
        };
        Run(Slow, null, null);
        var sentence = Assert.Single(
            Run(Slow with { Model = model }, new TrainingFolder(_folder["run"]).Model, null, "other"),
            sentence => sentence.Contains("were trained otherwise", StringComparison.Ordinal));
        Assert.Contains(
            "diffusion.schedule is linear there and cosine here; diffusion.prediction is epsilon there and v here",
            sentence,
            StringComparison.Ordinal);
        Assert.DoesNotContain(Run(Slow, new TrainingFolder(_folder["run"]).Model, null, "same"), said =>
            said.Contains("were trained otherwise", StringComparison.Ordinal));
        // A checkpoint says what it was trained for in its state.
        var step = Path.Combine(_folder["run"], "checkpoints", "step-00000001");
        Assert.Contains(Run(Slow with { Model = model }, step, null, "third"), said =>
            said.Contains("prediction is epsilon there and v here", StringComparison.Ordinal)
                && said.Contains("state.json", StringComparison.Ordinal));
    }

    [Fact]
    public void A_network_with_labels_starts_from_weights_without_them()
    {
        Run(Slow, null, null);
        var labelled = Slow with { Model = Slow.Model with { Coupled = Slow.Model.Coupled! with { Labels = ["rain", "fire"] } } };
        Run(labelled, new TrainingFolder(_folder["run"]).Model, null, "labelled");
        using var scope = NewDisposeScope();
        using var before = WeightFile.Open(Path.Combine(_folder["run"], "model", "model.safetensors"));
        using var after = WeightFile.Open(Path.Combine(_folder["labelled"], "model", "model.safetensors"));
        Assert.Equal(["label_emb.weight"], after.Entries.Select(entry => entry.Name).Except(before.Entries.Select(entry => entry.Name)));
        Assert.True(after.Load("label_emb.weight").abs().max().item<float>() < 1e-6);
        Assert.All(before.Entries, entry =>
            Assert.True(after.Load(entry.Name).sub(before.Load(entry.Name)).abs().max().item<float>() < 1e-6));
    }

    [Fact]
    public void A_section_without_weights_to_start_from_is_refused() =>
        Assert.Contains(
            "no weights to start from",
            Assert.ThrowsAny<MmDiffusionException>(() => new TrainingRunOptions { FromSection = "ema" }.Validate()).Message,
            StringComparison.Ordinal);

    private List<string> Run(TrainingConfiguration configuration, string? from, string? section, string name = "run")
    {
        var said = new List<string>();
        using var data = TinyTraining.Scenes(configuration);
        new TrainingRun(configuration, new TrainingFolder(_folder[name]), new TrainingRunOptions
        {
            From = from,
            FromSection = section,
            SheetClips = 0,
            HeldOutClips = 1,
        })
        { OnNotice = said.Add }.Run(data);
        return said;
    }

    private string WriteState(Dictionary<string, float> sections)
    {
        using var scope = NewDisposeScope();
        using var task = TrainingTask.Create(Slow);
        var weights = task.Network.state_dict();
        SafetensorsWriter.Write(
            _folder["step/state.safetensors"],
            sections.SelectMany(part =>
                weights.Select(entry => KeyValuePair.Create($"{part.Key}.{entry.Key}", full(entry.Value.shape, Scale * part.Value)))));
        return _folder["step"];
    }
}
