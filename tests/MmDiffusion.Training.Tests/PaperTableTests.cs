using System.Globalization;
using System.Text.RegularExpressions;
using MmDiffusion.Diffusion;
using MmDiffusion.Model.Coupled;

namespace MmDiffusion.Training.Tests;

/// <summary>The presets beside the words of Table 1 of the paper's supplement, where it lies beside the checkout.</summary>
[Trait("group", "unit")]
public sealed partial class PaperTableTests
{
    private readonly Dictionary<string, string[]> _rows = ReadTable();

    [Theory]
    [InlineData("landscape")]
    [InlineData("aist")]
    public void The_coupled_presets_are_its_left_column(string name)
    {
        var preset = Preset(name);
        var (coupled, model) = (preset.Model.Coupled!, preset.Model);
        Says("Base channel", 0, coupled.BaseChannels);
        Assert.Equal(Numbers("Channel scale multiply"), coupled.ChannelMultipliers.Select(Whole));
        Assert.Equal(Numbers("Blocks per resolution").First(), coupled.BlocksPerLevel);
        Assert.Equal(Numbers("Video attention scale").Select(Factor), coupled.VideoAttentionScales.Select(Whole));
        Assert.Equal(Numbers("Cross-modal attention scale").Select(Factor), coupled.CrossAttentionScales.Select(Whole));
        Assert.Equal(Numbers("Cross-modal attention window size"), coupled.CrossAttentionWindows.Select(Whole));
        Says("Attention head dimension", 0, coupled.CrossAttentionHeadChannels);
        Says("Video shape", 0, coupled.Frames, coupled.Height, coupled.Width);
        Says("Audio shape", 0, CoupledUNet.AudioChannels, coupled.AudioLength);
        Says("Video fps", 0, model.FrameRate);
        Says("Audio sample rate", 0, model.SampleRate);
        Says("Dropout", 0, coupled.Dropout);
        // The cell of the augmentation is empty or a dash.
        Assert.Equal((0, 0), (Numbers("Augmentation").Count(), preset.FlipProbability));
        AgreesOnTraining(preset, column: 0);
    }

    [Fact]
    public void The_upscalers_preset_is_its_right_column()
    {
        var preset = Preset("sr-64-256");
        var network = preset.Model.SuperResolution!;
        Says("Base channel", 1, network.BaseChannels);
        Assert.Equal(Numbers("Channel scale multiply", 1), network.ChannelMultipliers.Select(Whole));
        Assert.Equal(Numbers("Blocks per resolution", 1).First(), network.BlocksPerLevel);
        Assert.Equal(Numbers("Video attention scale", 1).Select(Factor), network.AttentionScales.Select(Whole));
        // The published weights have as many heads at every width; those of the first level are as wide as the table says.
        Says("Attention head dimension", 1, network.BaseChannels / network.Heads);
        Says("Video shape", 1, network.SmallSize, network.SmallSize, network.LargeSize, network.LargeSize);
        Says("Dropout", 1, network.Dropout);
        var degraded = preset.Degradations;
        Says(
            "Augmentation", 1, 0, degraded.NoiseLevels, degraded.NoiseProbability, degraded.JpegLowestQuality, degraded.JpegHighestQuality,
            degraded.JpegProbability, preset.FlipProbability);
        AgreesOnTraining(preset, column: 1);
    }

    private void AgreesOnTraining(TrainingConfiguration preset, int column)
    {
        var diffusion = preset.Model.Diffusion;
        Assert.Equal(Cell("Diffusion noise schedule", column), diffusion.Schedule.ToString(), ignoreCase: true);
        Says("Diffusion steps", column, diffusion.Steps);
        Assert.Equal(("ϵ", PredictionKind.Epsilon), (Cell("Prediction target", column), diffusion.Prediction));
        Assert.Equal(Cell("Learn sigma", column), diffusion.LearnsVariance().ToString());
        Says("Weight decay", column, preset.Optimizer.WeightDecay);
        Says("Learning rate", column, preset.LearningRate);
        Says("Batch size", column, preset.BatchSize);
        Says("Training steps", column, preset.Steps);
        Assert.Equal(Numbers("EMA", column), preset.EmaRates);
    }

    private static double Whole(int value) => value;

    /// <summary>The table counts levels from 1; a level's pictures are smaller by a power of two.</summary>
    private static double Factor(double level) => Math.Pow(2, level - 1);

    private string Cell(string row, int column) => _rows[row][column].Trim();

    private void Says(string row, int column, params IEnumerable<double> found) => Assert.Equal(Numbers(row, column), found);

    private IEnumerable<double> Numbers(string row, int column = 0) =>
        Number()
            .Matches(Thousands().Replace(Cell(row, column), ""))
            .Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture));

    private static TrainingConfiguration Preset(string name) =>
        TrainingConfiguration.Read(Path.Combine(Checkout.Root, "configs", $"{name}.json"));

    private static Dictionary<string, string[]> ReadTable()
    {
        var path = Path.Combine(Checkout.Shared ?? "", "seed", "mm-diffusion-supplement.txt");
        if (!File.Exists(path)) Assert.Skip("there is no ../shared/seed/mm-diffusion-supplement.txt");
        return File.ReadLines(path)
            .TakeWhile(line => !line.StartsWith("Table 1.", StringComparison.Ordinal))
            .Select(line => line.Split('\t'))
            .Where(cells => cells.Length == 3)
            .GroupBy(cells => cells[0])
            .ToDictionary(group => group.Key, group => group.First()[1..]);
    }

    [GeneratedRegex(@"\d+(\.\d+)?(e-?\d+)?")]
    private static partial Regex Number();

    /// <summary>Commas between thousands, which are followed by three digits and no comma before them by one.</summary>
    [GeneratedRegex(@"(?<=\d),(?=\d{3}\b)")]
    private static partial Regex Thousands();
}
