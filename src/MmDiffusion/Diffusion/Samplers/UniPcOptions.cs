using MmDiffusion.Primitives;

namespace MmDiffusion.Diffusion;

/// <summary>Settings of <see cref="UniPcSampler"/>.</summary>
public sealed record UniPcOptions
{
    /// <summary>Highest order of a step, 1 to 3. 2 by default; docs/samplers.md compares 2 and 3.</summary>
    public int Order { get; init; } = 2;

    /// <summary>Network calls, at least the order. 20 by default.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>B(h) = e^h − 1 by default.</summary>
    public UniPcVariant Variant { get; init; }

    /// <summary>Evenly in λ by default.</summary>
    public TimeSpacing Spacing { get; init; }

    /// <summary>How x_0 is bounded: clipped by default.</summary>
    public X0Bound Bound { get; init; }

    /// <summary>Whether the last steps fall in order, which keeps few steps stable. True by default.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>Checks every setting and how they fit together.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Order is >= 1 and <= 3, $"order is {Order}, expected 1, 2 or 3");
        errors.Require(Steps is >= 1 and <= 1000 && Steps >= Order, $"steps is {Steps}, expected the order {Order} to 1000");
        errors.Require(Enum.IsDefined(Variant), $"variant is {(int)Variant}, expected bh1 or bh2");
        errors.Require(Enum.IsDefined(Spacing), $"spacing is {(int)Spacing}, expected log-SNR, uniform or quadratic");
        errors.Require(Enum.IsDefined(Bound), $"bound is {(int)Bound}, expected clip, none or dynamic");
        errors.ThrowIfAny("UniPC's configuration");
    }
}
