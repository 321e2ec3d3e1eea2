using MmDiffusion.Primitives;

namespace MmDiffusion.Diffusion;

/// <summary>A way from noise to data with a known number of network calls. Samplers hold no state between runs.</summary>
public interface ISampler
{
    /// <summary>How often a run calls the network.</summary>
    int NetworkCalls { get; }

    /// <summary>Samples a batch.</summary>
    /// <param name="denoiser">The network.</param>
    /// <param name="xT">Standard normal noise; its shape is the result's. Not modified.</param>
    /// <param name="context">Randomness, progress, cancellation and conditioning.</param>
    /// <returns>The estimate of x_0, of the same shape. With conditioning, the given modality is the given one itself.</returns>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="MmDiffusionException">The network's output or the given modality does not fit the state.</exception>
    AudioVideo Sample(IDenoiser denoiser, AudioVideo xT, SamplingContext context);
}
