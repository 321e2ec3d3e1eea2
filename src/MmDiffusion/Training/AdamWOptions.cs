using MmDiffusion.Primitives;

namespace MmDiffusion.Training;

/// <summary>Rates of <see cref="AdamW"/>. The defaults are the paper's (Table 1) and PyTorch's.</summary>
public sealed record AdamWOptions
{
    /// <summary>How much of the average of gradients stays at each step, in [0, 1). 0.9 by default.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>How much of the average of squared gradients stays at each step, in [0, 1). 0.999 by default.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Keeps steps finite where gradients vanish, above 0. 1e-8 by default.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Shrinks parameters by this share of the learning rate at each step, at least 0. 0 by default.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        Check(errors);
        errors.ThrowIfAny("the optimiser's configuration");
    }

    internal void Check(ValidationErrors errors)
    {
        errors.Require(Beta1 is >= 0 and < 1, $"beta1 is {Beta1}, expected 0 or more and less than 1");
        errors.Require(Beta2 is >= 0 and < 1, $"beta2 is {Beta2}, expected 0 or more and less than 1");
        errors.Require(Epsilon > 0, $"epsilon is {Epsilon}, expected above 0");
        errors.Require(WeightDecay >= 0, $"weight_decay is {WeightDecay}, expected 0 or more");
    }
}
