using MmDiffusion.Generation;
using MmDiffusion.Media;

namespace MmDiffusion.Training.Tests;

[Trait("group", "unit")]
public sealed class TrainingConfigurationTests
{
    public static TheoryData<string> Presets { get; } = [.. Directory
        .GetFiles(Path.Combine(Checkout.Root, "configs"), "*.json")
        .Select(file => Path.GetFileNameWithoutExtension(file)!)
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Presets))]
    public void Every_preset_is_valid_and_comes_back_from_its_json(string name)
    {
        var preset = Read(name);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["copy.json"], preset.ToJson());
        Assert.Equal(preset.ToJson(), TrainingConfiguration.Read(folder["copy.json"]).ToJson());
    }

    [Theory]
    [InlineData("landscape", 128, 100_000)]
    [InlineData("aist", 128, 100_000)]
    [InlineData("audioset", 128, 100_000)]
    [InlineData("sr-64-256", 48, 270_000)]
    public void The_papers_presets_are_those_of_table_1(string name, int batch, long steps)
    {
        var preset = Read(name);
        Assert.Equal(ModelJson.Write(ModelPresets.Find(name)), ModelJson.Write(preset.Model));
        Assert.Equal((batch, steps, 1e-4, 0.0), (preset.BatchSize, preset.Steps, preset.LearningRate, preset.Optimizer.WeightDecay));
        Assert.Equal([0.9999], preset.EmaRates);
        Assert.Equal(name == "sr-64-256" ? 0.5 : 0, preset.FlipProbability);
        Assert.Equal(
            new DegradationOptions
            {
                NoiseProbability = 0.5,
                NoiseLevels = 20,
                JpegProbability = 0.5,
                JpegLowestQuality = 20,
                JpegHighestQuality = 80,
            },
            preset.Degradations);
    }

    [Fact]
    public void Frames_are_mirrored_as_table_1_says_or_as_a_configuration_names()
    {
        Assert.Equal((0, 0.5), (TinyTraining.Joint.FlipProbability, TinyTraining.Upscaler.FlipProbability));
        Assert.Equal(
            (0.5, 0),
            ((TinyTraining.Joint with { FlipProbability = 0.5 }).FlipProbability,
                (TinyTraining.Upscaler with { FlipProbability = 0 }).FlipProbability));
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["named.json"], """{"model":{"kind":"joint","coupled":{}},"flip_probability":0.25}""");
        Assert.Equal(0.25, TrainingConfiguration.Read(folder["named.json"]).FlipProbability);
    }

    [Fact]
    public void Everything_that_is_wrong_is_named_at_once()
    {
        var wrong = TinyTraining.Joint with
        {
            BatchSize = 5,
            MicroBatch = 2,
            LearningRate = 0,
            EmaRates = [1],
            FlipProbability = 2,
            Degradations = new DegradationOptions { JpegLowestQuality = 0 },
        };
        var message = Assert.ThrowsAny<MmDiffusionException>(wrong.Validate).Message;
        foreach (var said in new[]
        {
            "micro_batch is 2", "learning_rate is 0", "ema_rates is [1]", "flip_probability is 2", "jpeg qualities are 0 to 80",
        })
            Assert.Contains(said, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"batch_size":4}""", "model")]
    [InlineData("""{"model":{"kind":"joint","coupled":{}},"batchsize":4}""", "batchsize")]
    [InlineData("[1]", "expected an object")]
    public void A_file_that_is_none_is_said(string json, string said)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["bad.json"], json);
        var message = Assert.ThrowsAny<MmDiffusionException>(() => TrainingConfiguration.Read(folder["bad.json"])).Message;
        Assert.Contains("is no training configuration", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    private static TrainingConfiguration Read(string name) =>
        TrainingConfiguration.Read(Path.Combine(Checkout.Root, "configs", $"{name}.json"));
}
