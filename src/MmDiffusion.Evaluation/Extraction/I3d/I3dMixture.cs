using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>Inception's block: four ways beside each other, whose channels are joined.</summary>
internal sealed class I3dMixture : Module<Tensor, Tensor>
{
    [ComponentName(Name = "b0")]
    private readonly I3dUnit _direct;

    [ComponentName(Name = "b1a")]
    private readonly I3dUnit _narrowing;

    [ComponentName(Name = "b1b")]
    private readonly I3dUnit _wide;

    [ComponentName(Name = "b2a")]
    private readonly I3dUnit _narrowest;

    [ComponentName(Name = "b2b")]
    private readonly I3dUnit _small;

    [ComponentName(Name = "b3b")]
    private readonly I3dUnit _pooled;

    /// <param name="inChannels">Channels taken.</param>
    /// <param name="widths">Channels of the six convolutions, in the order of their names.</param>
    internal I3dMixture(long inChannels, params ReadOnlySpan<long> widths) : base(nameof(I3dMixture))
    {
        _direct = new I3dUnit(inChannels, widths[0]);
        _narrowing = new I3dUnit(inChannels, widths[1]);
        _wide = new I3dUnit(widths[1], widths[2], 3);
        _narrowest = new I3dUnit(inChannels, widths[3]);
        _small = new I3dUnit(widths[3], widths[4], 3);
        _pooled = new I3dUnit(inChannels, widths[5]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor[] ways =
        [
            _direct.forward(x), _wide.forward(_narrowing.forward(x)), _small.forward(_narrowest.forward(x)),
            _pooled.forward(SamePadding.MaxPool(x, [3, 3, 3], [1, 1, 1])),
        ];
        return cat(ways, 1).MoveToOuterDisposeScope();
    }
}
