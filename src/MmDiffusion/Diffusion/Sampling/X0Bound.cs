using MmDiffusion.Kernels;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Sampling;

/// <summary>How a sampler keeps its estimates of x_0 within the range of data.</summary>
public enum X0Bound
{
    /// <summary>Clip to [-1, 1].</summary>
    Clip,

    /// <summary>Leave as it is.</summary>
    None,

    /// <summary>
    /// Dynamic thresholding (Saharia et al., 2022): clip each sample at the 99.5% quantile of its magnitudes where that exceeds 1, and
    /// scale back to [-1, 1].
    /// </summary>
    Dynamic,
}

internal static class X0Bounds
{
    private const double Quantile = 0.995;

    internal static Tensor Apply(this X0Bound bound, Tensor x0) => bound switch
    {
        X0Bound.Clip => x0.Clamped(-1, 1),
        X0Bound.Dynamic => Threshold(x0),
        _ => x0,
    };

    private static Tensor Threshold(Tensor x0)
    {
        var magnitudes = x0.detach().abs().flatten(1).to(float32);
        var limit = quantile(magnitudes, tensor((float)Quantile, device: x0.device), dim: 1, keepdim: true).Clamped(min: 1)
            .to(x0.dtype).view([-1, .. Enumerable.Repeat(1L, (int)x0.dim() - 1)]);
        return minimum(maximum(x0, -limit), limit) / limit;
    }
}
