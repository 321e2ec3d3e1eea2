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
