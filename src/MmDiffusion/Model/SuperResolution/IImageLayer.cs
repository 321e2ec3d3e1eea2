using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>A layer on image features [N,H,W,C].</summary>
internal interface IImageLayer
{
    /// <param name="x">Features.</param>
    /// <param name="embedding">The timestep's embedding, [N,E].</param>
    /// <param name="owned">Whether nothing else uses x, which may then be overwritten where no gradient is kept.</param>
    Tensor Forward(Tensor x, Tensor embedding, bool owned);
}
