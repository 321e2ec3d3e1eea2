using MmDiffusion.Diffusion;
using MmDiffusion.Model;
using MmDiffusion.Primitives;

namespace MmDiffusion.Generation;

/// <summary>How frames are enlarged.</summary>
public sealed record UpscalingOptions
{
    /// <summary>Name of the sampler. DDIM by default, as in the paper.</summary>
    public string Sampler { get; init; } = "ddim";

    /// <summary>Network calls for each frame. 25 by default, as in the paper.</summary>
    public int Steps { get; init; } = 25;

    /// <summary>Every how many network calls the deep features are computed, at least 1: see <see cref="DeepFeatures"/>. 1 by default, at every one.</summary>
    public int Reuse { get; init; } = 1;

    /// <summary>Frames enlarged together, at least 1. 1 by default, which needs the least memory.</summary>
    public int FramesAtOnce { get; init; } = 1;

    /// <summary>How noise is made of the seed. Philox by default; where frames are enlarged after they were made, as they were.</summary>
    public RandomGenerator Generator { get; init; } = RandomGenerator.Philox;

    /// <summary>
    /// Bytes that the process may hold, weights and program included: where it takes more, fewer frames are enlarged at once, or one frame in
    /// tiles, which changes the result a little. Null, the default, for what the machine has.
    /// </summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Steps >= 1, $"upscaler steps is {Steps}, expected at least 1");
        errors.Require(Reuse is >= 1 and <= 1000, $"upscaler reuse is {Reuse}, expected 1 (never) to 1000");
        errors.Require(FramesAtOnce is >= 1 and <= 4096, $"frames at once is {FramesAtOnce}, expected 1 to 4096");
        errors.Require(MemoryLimit is null or > 0, $"the memory limit is {MemoryLimit} bytes, expected more than 0");
        errors.ThrowIfAny("the upscaling");
    }

    /// <summary>Checks every setting, also against what describes the upscaler: no weights are needed for that.</summary>
    /// <param name="upscaler">The upscaler.</param>
    /// <exception cref="MmDiffusionException">Names what is wrong.</exception>
    public void Validate(ModelDescription upscaler)
    {
        Validate();
        Samplers.Create(Sampler, new GaussianProcess(upscaler.Diffusion), Steps);
    }
}
