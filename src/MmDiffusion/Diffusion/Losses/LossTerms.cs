using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>Training losses of a batch, one value per sample.</summary>
/// <param name="Loss">What to minimise, [B].</param>
/// <param name="MeanSquaredError">Mean squared error of the prediction by modality, each [B].</param>
/// <param name="VariationalBound">
/// Term of the variational bound by modality, each [B], in bits per element; null unless the variance is learned.
/// </param>
public sealed record LossTerms(Tensor Loss, AudioVideo MeanSquaredError, AudioVideo? VariationalBound);
