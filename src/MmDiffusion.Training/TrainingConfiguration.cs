using System.Text.Json;
using System.Text.Json.Serialization;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Training;

/// <summary>A model and how it is trained. The defaults are the paper's (Table 1).</summary>
public sealed record TrainingConfiguration
{
    private readonly double? _flipProbability;

    /// <summary>What is trained.</summary>
    public required ModelDescription Model { get; init; }

    /// <summary>Samples that each step of the optimiser learns from. 128 by default; the paper's upscaler has 48.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>
    /// Samples computed together, of which the batch is a multiple: the more, the faster, if the memory suffices. 1 by default.
    /// </summary>
    public int MicroBatch { get; init; } = 1;

    /// <summary>
    /// The most sections of a batch whose gradients are summed apart: with up to as many ranks, if their number is a power of two, weights
    /// are the same as on one, bit for bit. Each doubling takes as much memory on one rank as the gradient. 4 by default.
    /// </summary>
    public int BatchSections { get; init; } = 4;

    /// <summary>Steps of the optimiser. 100,000 by default.</summary>
    public long Steps { get; init; } = 100_000;

    /// <summary>Learning rate, above 0. 1e-4 by default.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Steps over which the learning rate rises from 0. None by default.</summary>
    public long WarmUpSteps { get; init; }

    /// <summary>Last steps over which the learning rate falls to 0, linearly. None by default.</summary>
    public long CoolDownSteps { get; init; }

    /// <summary>Rates of AdamW.</summary>
    public AdamWOptions Optimizer { get; init; } = new();

    /// <summary>The largest length of the gradient, to which longer ones are cut; null for any. None by default.</summary>
    public double? GradientClip { get; init; }

    /// <summary>Rates of the moving averages of the weights, of which the first is the trained model. 0.9999 by default.</summary>
    public IReadOnlyList<double> EmaRates { get; init; } = [0.9999];

    /// <summary>
    /// Relative widths of power-function averages that are stored every <see cref="AverageEvery"/> steps, of which averages of any length
    /// can be made after the run, see <see cref="PostHocAverage"/>; usually 0.05 and 0.1. None by default. Each takes the memory of the
    /// weights.
    /// </summary>
    public IReadOnlyList<double> AverageWidths { get; init; } = [];

    /// <summary>Steps between stored averages, at least 1. 2,000 by default.</summary>
    public long AverageEvery { get; init; } = 2000;

    /// <summary>How timesteps are chosen. Uniformly by default.</summary>
    public TimestepSampling Timesteps { get; init; } = TimestepSampling.Uniform;

    /// <summary>
    /// What the network computes in; weights, their averages and the optimiser are float32 in any case. float32 by default.
    /// </summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>
    /// Whether activations are computed again in the backward pass rather than kept: less memory, more time. Not by default.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>
    /// Probability that a clip's frames are mirrored, in [0, 1]. By default as in Table 1 of the paper: 0 for a joint model, 0.5 for an
    /// upscaler.
    /// </summary>
    public double FlipProbability
    {
        get => _flipProbability ?? (Model.Kind == ModelKind.Joint ? 0 : 0.5);
        init => _flipProbability = value;
    }

    /// <summary>What is done to the small frames that an upscaler learns to enlarge.</summary>
    public DegradationOptions Degradations { get; init; } = new();

    /// <summary>Reads a configuration from a file.</summary>
    /// <exception cref="MmDiffusionException">The file cannot be read, or names everything that is not valid.</exception>
    public static TrainingConfiguration Read(string path)
    {
        var configuration = SettingsJson.Read(path, "training configuration", settings =>
            settings.Deserialize<TrainingConfiguration>(SettingsJson.Options));
        configuration.Validate();
        return configuration;
    }

    /// <summary>The configuration as <see cref="Read"/> takes it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SettingsJson.Options);

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        Model.Validate();
        var errors = new ValidationErrors();
        errors.Require(BatchSize is >= 1 and <= 1_000_000, $"batch_size is {BatchSize}, expected 1 to 1000000");
        errors.Require(
            MicroBatch >= 1 && BatchSize % MicroBatch == 0,
            $"micro_batch is {MicroBatch}, expected at least 1 and a divisor of batch_size {BatchSize}");
        errors.Require(BatchSections is >= 1 and <= 1024, $"batch_sections is {BatchSections}, expected 1 to 1024");
        errors.Require(Steps >= 1, $"steps is {Steps}, expected at least 1");
        errors.Require(LearningRate is > 0 and < 1, $"learning_rate is {LearningRate}, expected above 0 and below 1");
        errors.Require(WarmUpSteps >= 0, $"warm_up_steps is {WarmUpSteps}, expected 0 or more");
        errors.Require(CoolDownSteps >= 0, $"cool_down_steps is {CoolDownSteps}, expected 0 or more");
        errors.Require(GradientClip is null or > 0, $"gradient_clip is {GradientClip}, expected above 0, or none");
        errors.Require(EmaRates.Count >= 1 && EmaRates.All(rate => rate is >= 0 and < 1) && EmaRates.Distinct().Count() == EmaRates.Count,
            $"ema_rates is [{string.Join(", ", EmaRates)}], expected different rates, at least one, of 0 or more and less than 1");
        errors.Require(
            AverageWidths.All(width => width >= 0.001 && width <= PostHocAverage.LargestWidth)
                && AverageWidths.Distinct().Count() == AverageWidths.Count,
            $"average_widths is [{string.Join(", ", AverageWidths)}], expected different relative widths of 0.001 to "
            + $"{PostHocAverage.LargestWidth:0.###}");
        errors.Require(AverageEvery >= 1, $"average_every is {AverageEvery}, expected at least 1");
        errors.Require(FlipProbability is >= 0 and <= 1, $"flip_probability is {FlipProbability}, expected 0 to 1");
        Optimizer.Check(errors);
        Degradations.Check(errors);
        errors.ThrowIfAny("the training configuration");
    }

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">1 … <see cref="Steps"/>.</param>
    public double LearningRateAt(long step) => LearningRateAt(step, null);

    /// <summary>The same where a run continued after a cool-down.</summary>
    internal double LearningRateAt(long step, RateRise? rise)
    {
        var warmUp = WarmUpSteps == 0 ? 1 : Math.Min(1, (double)step / WarmUpSteps);
        return LearningRate * warmUp * Math.Min(CoolDownAt(step), rise?.At(step) ?? 1);
    }

    /// <summary>The share of the learning rate that the cool-down leaves at a step.</summary>
    internal double CoolDownAt(long step) => CoolDownSteps == 0 ? 1 : Math.Clamp((double)(Steps - step + 1) / CoolDownSteps, 0, 1);

    /// <summary>Whether <see cref="FlipProbability"/> was set, rather than left to its default.</summary>
    internal bool NamesFlipProbability => _flipProbability is not null;
}

/// <summary>How training chooses timesteps.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TimestepSampling>))]
public enum TimestepSampling
{
    /// <summary>Every timestep equally often.</summary>
    [JsonStringEnumMemberName("uniform")]
    Uniform,

    /// <summary>Timesteps as often as their loss is large (Nichol and Dhariwal, 2021).</summary>
    [JsonStringEnumMemberName("loss_aware")]
    LossAware,
}
