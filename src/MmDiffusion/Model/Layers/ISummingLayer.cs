using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>A layer with a weight and a bias whose gradients can be summed elsewhere than with the parameters.</summary>
internal interface ISummingLayer
{
    /// <summary>The weight.</summary>
    Tensor Weight { get; }

    /// <summary>The bias.</summary>
    Tensor Bias { get; }

    /// <summary>Where; null for the parameters' own gradients. Where the layer has no way of its own it uses those all the same.</summary>
    GradientSums? Sums { get; set; }
}
