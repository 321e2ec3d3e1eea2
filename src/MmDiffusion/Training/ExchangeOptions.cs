using MmDiffusion.Collectives;

namespace MmDiffusion.Training;

/// <summary>How ranks share the work beside their parts of a batch. But for <see cref="Wire"/>, what is learned does not depend on it.</summary>
public sealed record ExchangeOptions
{
    /// <summary>How gradients travel between ranks. float32 by default.</summary>
    public WireFormat Wire { get; init; } = WireFormat.Float32;

    /// <summary>Whether gradients travel while the backward pass still computes others. They do by default.</summary>
    public bool Overlap { get; init; } = true;

    /// <summary>
    /// Whether each rank keeps, and computes with, only its shard of the optimiser's state (ZeRO-1; Rajbhandari et al., 2020): less memory;
    /// the weights travel after the step, in float32, instead of the gradients' second half. Not by default.
    /// </summary>
    public bool ShardOptimizer { get; init; }
}
