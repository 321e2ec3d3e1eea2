using MmDiffusion.Diffusion;
using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation.Memory;

/// <summary>
/// A denoiser of frames that sees them tile by tile and blends what it is told where tiles overlap. The state stays whole, so that the
/// tiles of a frame agree from call to call; but norms and attention see a tile alone, so that the result is near that of whole frames, not
/// equal.
/// </summary>
/// <param name="layout">The tiles.</param>
/// <param name="ofTile">The denoiser of each tile, in the order of the layout's places.</param>
internal sealed class TiledDenoiser(TileLayout layout, IReadOnlyList<IDenoiser> ofTile) : IDenoiser
{
    public AudioVideo Predict(AudioVideo xt, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var (frames, sum, total) = (xt.Video, (Tensor?)null, zeros([1, 1, layout.Frame.Height, layout.Frame.Width], device: xt.Device));
        foreach (var (i, place) in layout.Places.Index())
        {
            using var inner = NewDisposeScope();
            var told = ofTile[i].Predict(new AudioVideo(layout.Cut(frames, place).contiguous(), null), timesteps).Video;
            var weights = layout.Weights(place, xt.Device);
            sum ??=
                zeros([frames.shape[0], told.shape[1], layout.Frame.Height, layout.Frame.Width], device: xt.Device)
                    .MoveToOuterDisposeScope();
            layout.Cut(sum, place).AddInPlace(told * weights);
            layout.Cut(total, place).AddInPlace(weights);
        }
        return new AudioVideo((sum! / total).MoveToOuterDisposeScope(), null);
    }
}
