using MmDiffusion.Primitives;

namespace MmDiffusion.Diffusion;

/// <summary>Settings of <see cref="DpmSolver"/>. The defaults are the paper's fast setting.</summary>
public sealed record DpmSolverOptions
{
    /// <summary>DPM-Solver by default.</summary>
    public DpmAlgorithm Algorithm { get; init; }

    /// <summary>Single-step by default.</summary>
    public DpmMethod Method { get; init; }

    /// <summary>Highest order of a step, 1 to 3. 3 by default.</summary>
    public int Order { get; init; } = 3;

    /// <summary>Network calls, at least 1 and for the multi-step method at least the order. 20 by default.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Evenly in λ by default.</summary>
    public TimeSpacing Spacing { get; init; }

    /// <summary>How DPM-Solver++ bounds x_0: clipped by default. DPM-Solver forms x_0 in the final denoising only.</summary>
    public X0Bound Bound { get; init; }

    /// <summary>
    /// Whether the multi-step method with fewer than 10 steps ends with steps of falling order, which keeps few steps stable. True by
    /// default.
    /// </summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>Whether one more network call at the end removes the noise that is left at time 1/N. False by default.</summary>
    public bool DenoiseFinal { get; init; }

    /// <summary>
    /// Whether to repeat the published implementation to the letter, for comparisons only: the network is told whole timesteps, rounded
    /// down; orders never fall at the end; and DPM-Solver's first-order steps have α and σ mixed up for sound. False by default.
    /// </summary>
    public bool AsPublished { get; init; }

    /// <summary>Checks every setting and how they fit together.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Enum.IsDefined(Algorithm), $"algorithm is {(int)Algorithm}, expected dpm-solver or dpm-solver++");
        errors.Require(Enum.IsDefined(Method), $"method is {(int)Method}, expected single-step or multi-step");
        errors.Require(Enum.IsDefined(Spacing), $"spacing is {(int)Spacing}, expected log-SNR, uniform or quadratic");
        errors.Require(Enum.IsDefined(Bound), $"bound is {(int)Bound}, expected clip, none or dynamic");
        errors.Require(Order is >= 1 and <= 3, $"order is {Order}, expected 1, 2 or 3");
        errors.Require(Steps is >= 1 and <= 1000, $"steps is {Steps}, expected 1 to 1000");
        errors.Require(Method != DpmMethod.MultiStep || Steps >= Order,
            $"steps is {Steps}, expected at least the order {Order} for the multi-step method");
        errors.Require(Bound != X0Bound.Dynamic || Algorithm == DpmAlgorithm.DpmSolverPlusPlus,
            "dynamic thresholding needs dpm-solver++, since dpm-solver never forms x0");
        errors.ThrowIfAny("the DPM-Solver's configuration");
    }
}
