using MmDiffusion.Primitives;

namespace MmDiffusion.Generation;

/// <summary>How frames are enlarged.</summary>
public sealed record UpscalingOptions
{
    /// <summary>Name of the sampler. DDIM by default, as in the paper.</summary>
    public string Sampler { get; init; } = "ddim";

    /// <summary>Network calls for each frame. 25 by default, as in the paper.</summary>
    public int Steps { get; init; } = 25;

    /// <summary>Frames enlarged together, at least 1. 1 by default, which needs the least memory.</summary>
    public int FramesAtOnce { get; init; } = 1;

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Steps >= 1, $"upscaler steps is {Steps}, expected at least 1");
        errors.Require(FramesAtOnce is >= 1 and <= 4096, $"frames at once is {FramesAtOnce}, expected 1 to 4096");
        errors.ThrowIfAny("the upscaling");
    }
}
