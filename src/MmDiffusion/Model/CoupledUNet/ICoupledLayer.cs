using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>A layer on video features [B,F,H,W,C] and audio features [B,L,C] together.</summary>
internal interface ICoupledLayer
{
    /// <param name="x">Features of both modalities.</param>
    /// <param name="embedding">The timestep's embedding, [B,M]; [B,2,M] where video and audio have their own.</param>
    /// <param name="shifts">The window shifts of this forward pass.</param>
    /// <param name="owned">Whether nothing else uses x, which may then be overwritten where no gradient is kept.</param>
    AudioVideo Forward(AudioVideo x, Tensor embedding, WindowShifts shifts, bool owned);
}
