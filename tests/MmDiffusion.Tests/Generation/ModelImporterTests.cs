using MmDiffusion.Checkpoints;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Testing.Models;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Generation;

[Trait("group", "unit")]
public sealed class ModelImporterTests(TinyModel model) : IClassFixture<TinyModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private ModelDescription Description => ModelDirectory.Open(model.Folder).Description;

    private string Weights => Path.Combine(model.Folder, ModelDirectory.WeightsFile);

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Changes => [.. Changed.Keys];

    private static readonly Dictionary<string, Func<ModelDescription, ModelDescription>> Changed = new()
    {
        ["diffusion.prediction is epsilon there and v here"] = description =>
            description with { Diffusion = description.Diffusion with { Prediction = PredictionKind.V } },
        ["diffusion.schedule is linear there and cosine here"] = description =>
            description with { Diffusion = description.Diffusion with { Schedule = ScheduleKind.Cosine } },
        ["diffusion.steps is 1000 there and 500 here"] = description =>
            description with { Diffusion = description.Diffusion with { Steps = 500 } },
        ["video_scale is 1 there and 0.5 here"] = description => description with { VideoScale = 0.5 },
        ["sample_rate is 8000 there and 16000 here"] = description => description with { SampleRate = 16_000 },
        ["coupled.cross_attention_shift is true there and false here"] = description =>
            description with { Coupled = description.Coupled! with { CrossAttentionShift = false } },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_description_that_is_not_that_of_the_weights_is_refused(string said)
    {
        var message =
            Assert.ThrowsAny<MmDiffusionException>(() => ModelImporter.Import(Weights, Changed[said](Description), _folder["own"])).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(model.Folder, "config.json"), message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["own"]));
    }

    [Theory]
    [InlineData("""{"architectures":["SomebodyElse"],"kind":3}""")]
    [InlineData("""{"kind":"joint","coupled":{"frames":16}}""")]
    [InlineData("no JSON")]
    [InlineData("""{"coupled":{"frames":8}}""")]
    public void A_file_of_the_same_name_that_is_about_something_else_stands_in_no_way(string content)
    {
        File.Copy(Weights, _folder["a.safetensors"]);
        File.WriteAllText(_folder["config.json"], content);
        ModelImporter.Import(_folder["a.safetensors"], Changed.Values.First()(Description), _folder["own"]);
        Assert.Equal(PredictionKind.V, ModelDirectory.Open(_folder["own"]).Description.Diffusion.Prediction);
    }

    [Fact]
    public void What_only_training_uses_may_differ()
    {
        var changed = Description with { Source = "elsewhere", Coupled = Description.Coupled! with { Dropout = 0.3 } };
        Assert.Equal("elsewhere", ModelImporter.Import(Weights, changed, _folder["own"]).Description.Source);
    }

    [Theory]
    [InlineData(null, 3f, "state.safetensors, average_0.9")]
    [InlineData("weights", 1f, "state.safetensors, weights")]
    [InlineData("average_0.5", 4f, "state.safetensors, average_0.5")]
    public void Any_average_of_a_training_or_its_weights_can_be_taken(string? section, float value, string origin)
    {
        using (NewDisposeScope())
        using (var source = WeightFile.Open(Weights))
        {
            var sections = new Dictionary<string, float>
            {
                ["weights"] = 1,
                ["first_moment"] = 2,
                ["average_0.9"] = 3,
                ["average_0.5"] = 4,
            };
            SafetensorsWriter.Write(
                _folder["step-1/state.safetensors"],
                sections.SelectMany(part =>
                    source.Entries.Select(entry => KeyValuePair.Create($"{part.Key}.{entry.Name}", full([.. entry.Shape], part.Value)))));
        }
        var said = new List<string>();
        var imported = ModelImporter.Import(
            CheckpointDescriptions.WeightsOf(_folder["step-1"]), Description, _folder["own"], section: section, notice: said.Add);
        Assert.Equal(origin, imported.Description.Source);
        Assert.Contains($"the section '{origin.Split(' ')[1]}' is taken", Assert.Single(said), StringComparison.Ordinal);
        using var scope = NewDisposeScope();
        using var found = WeightFile.Open(imported.Weights!);
        Assert.All(found.Entries, entry => Assert.True(found.Load(entry.Name).eq(value).all().item<bool>()));
    }

    [Fact]
    public void A_folder_without_weights_is_told()
    {
        Assert.Equal(Weights, CheckpointDescriptions.WeightsOf(model.Folder));
        Assert.Equal(Weights, CheckpointDescriptions.WeightsOf(Weights));
        Assert.Contains(
            "is a folder without model.safetensors and state.safetensors",
            Assert.ThrowsAny<MmDiffusionException>(() => CheckpointDescriptions.WeightsOf(_folder.Path)).Message,
            StringComparison.Ordinal);
    }
}
