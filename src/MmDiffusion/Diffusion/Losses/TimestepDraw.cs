using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>Timesteps to train a batch on.</summary>
/// <param name="Timesteps">int64 [B].</param>
/// <param name="Weights">float32 [B]: factors of the samples' losses that keep the expected loss what uniform timesteps would give.</param>
public sealed record TimestepDraw(Tensor Timesteps, Tensor Weights);
