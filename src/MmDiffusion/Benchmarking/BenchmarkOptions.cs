using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarking;

/// <summary>How a network is timed.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>Rounds unless others are asked for.</summary>
    public const int DefaultRounds = 3;

    /// <summary>What is timed. A forward pass by default.</summary>
    public BenchmarkWork Work { get; init; }

    /// <summary>What the network computes in: Float32 by default, or BFloat16.</summary>
    public ScalarType Type { get; init; } = ScalarType.Float32;

    /// <summary>Clips or frames at once, at least 1. 1 by default.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>
    /// Rounds in which it is timed, at least 1, behind one that warms up: each one run, or as many as a second takes. The best run counts.
    /// 3 by default.
    /// </summary>
    public int Rounds { get; init; } = DefaultRounds;

    /// <summary>Whether a training step computes activations again in the backward pass rather than keep them: less memory, more time. By default.</summary>
    public bool ActivationCheckpointing { get; init; } = true;

    /// <summary>Where it runs. The CPU by default.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Type is ScalarType.Float32 or ScalarType.BFloat16, $"type is {Type}, expected Float32 or BFloat16");
        errors.Require(Batch is >= 1 and <= 4096, $"batch is {Batch}, expected 1 to 4096");
        errors.Require(Rounds is >= 1 and <= 1000, $"rounds is {Rounds}, expected 1 to 1000");
        errors.ThrowIfAny("the benchmark");
    }
}
