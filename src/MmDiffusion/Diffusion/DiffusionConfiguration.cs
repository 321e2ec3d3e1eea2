using System.Text.Json.Serialization;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Diffusion;

/// <summary>The diffusion a network was trained for. The defaults are the base model's.</summary>
public sealed record DiffusionConfiguration
{
    /// <summary>The base model's process: 1000 linear steps, ε, fixed large variance.</summary>
    public static DiffusionConfiguration Base { get; } = new();

    /// <summary>The image upscaler's process: as the base model's, with a learned variance.</summary>
    public static DiffusionConfiguration SuperResolution { get; } = new() { Variance = VarianceKind.LearnedRange };

    /// <summary>How the noise grows. Linear by default.</summary>
    public ScheduleKind Schedule { get; init; }

    /// <summary>Diffusion steps, N: 2 … 100,000, and at least 21 for the linear schedule. 1000 by default.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>What the network predicts. ε by default.</summary>
    public PredictionKind Prediction { get; init; }

    /// <summary>The variance of an ancestral step. Fixed large by default.</summary>
    public VarianceKind Variance { get; init; }

    /// <summary>Whether the network's output has twice the channels of the state.</summary>
    public bool LearnsVariance() => Variance == VarianceKind.LearnedRange;

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        var least = Schedule == ScheduleKind.Linear ? NoiseSchedule.LeastLinearSteps : 2;
        errors.Require(Enum.IsDefined(Schedule), $"schedule is {(int)Schedule}, expected linear or cosine");
        errors.Require(Steps >= least && Steps <= 100_000,
            $"steps is {Steps}, expected {least} to 100000 with the {Schedule.ToString().ToLowerInvariant()} schedule");
        errors.Require(Enum.IsDefined(Prediction), $"prediction is {(int)Prediction}, expected epsilon, x0 or v");
        errors.Require(Enum.IsDefined(Variance), $"variance is {(int)Variance}, expected fixed_large, fixed_small or learned_range");
        errors.ThrowIfAny("the diffusion's configuration");
    }

    /// <summary>The tables of this configuration's schedule.</summary>
    /// <exception cref="MmDiffusionException">The configuration is not valid.</exception>
    public NoiseSchedule CreateSchedule()
    {
        Validate();
        return Schedule == ScheduleKind.Cosine ? NoiseSchedule.Cosine(Steps) : NoiseSchedule.Linear(Steps);
    }
}

/// <summary>What the network's output means.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PredictionKind>))]
public enum PredictionKind
{
    /// <summary>The noise ε in x_t.</summary>
    [JsonStringEnumMemberName("epsilon")]
    Epsilon,

    /// <summary>The clean x_0.</summary>
    [JsonStringEnumMemberName("x0")]
    X0,

    /// <summary>The velocity √ᾱ·ε − √(1−ᾱ)·x_0 (Salimans and Ho, 2022).</summary>
    [JsonStringEnumMemberName("v")]
    V,
}

/// <summary>How the noise grows over the steps.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ScheduleKind>))]
public enum ScheduleKind
{
    /// <summary>β grows linearly from 1e-4 to 0.02, both scaled by 1000 / steps.</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>ᾱ follows a squared cosine (Nichol and Dhariwal, 2021).</summary>
    [JsonStringEnumMemberName("cosine")]
    Cosine,
}

/// <summary>The variance of an ancestral step x_t → x_{t-1}.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<VarianceKind>))]
public enum VarianceKind
{
    /// <summary>β_t, with the posterior variance of the second step at the first.</summary>
    [JsonStringEnumMemberName("fixed_large")]
    FixedLarge,

    /// <summary>The posterior variance β̃_t.</summary>
    [JsonStringEnumMemberName("fixed_small")]
    FixedSmall,

    /// <summary>Between the two on a log scale, by a network output v in [-1, 1] with the state's shape: frac = (v + 1) / 2.</summary>
    [JsonStringEnumMemberName("learned_range")]
    LearnedRange,
}
