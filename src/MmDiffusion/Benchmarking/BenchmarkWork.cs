namespace MmDiffusion.Benchmarking;

/// <summary>What is timed.</summary>
public enum BenchmarkWork
{
    /// <summary>One forward pass without gradients: a call of a joint model for its clips, of an upscaler for its frames.</summary>
    Forward,

    /// <summary>One training step: forward and backward pass, optimiser and moving average, activations computed again rather than kept.</summary>
    Training,
}
