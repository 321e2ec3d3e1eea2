namespace MmDiffusion.Benchmarking;

/// <summary>What one piece of work took.</summary>
/// <param name="Seconds">Of the best round.</param>
/// <param name="ProcessorSeconds">That all threads of the process computed in that round.</param>
/// <param name="Operations">Floating-point operations by the layers' sizes, a multiplication with its addition being two. Of a training step: three forward passes, however often activations are computed.</param>
/// <param name="MatmulRate">Operations per second of a large matrix product on the same device in the same format, the best of products timed between the rounds.</param>
/// <param name="PeakMemoryBytes">The process's largest resident size meanwhile; elsewhere than on Linux, so far.</param>
/// <param name="UpdateShare">Of a training step, the part that the optimiser and the moving average take; null of other work.</param>
/// <param name="CrossAttentionShare">Of a forward pass, the part that cross-modal attention takes without the norms and projections around it; null of networks and work without.</param>
public sealed record Measurement(double Seconds, double ProcessorSeconds, long Operations, double MatmulRate, long PeakMemoryBytes, double? UpdateShare = null, double? CrossAttentionShare = null)
{
    /// <summary>Operations per second.</summary>
    public double Rate => Operations / Seconds;

    /// <summary>The part of <see cref="MatmulRate"/> that is reached; a convolution that saves multiplications may make it more than 1.</summary>
    public double Utilisation => Rate / MatmulRate;
}
