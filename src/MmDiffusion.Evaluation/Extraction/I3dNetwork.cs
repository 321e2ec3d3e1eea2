using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>
/// I3D, Inception-v1 over frames, rows and columns (Carreira and Zisserman, 2017), with the names and shapes of the published
/// <c>i3d_pretrained_400.pt</c>: 400 classes of Kinetics.
/// </summary>
internal sealed class I3dNetwork : Module<Tensor, Tensor>
{
    internal const int Classes = 400;

    /// <summary>Fewer are gone before the last pooling.</summary>
    internal const int LeastFrames = 9;

    [ComponentName(Name = "Conv3d_1a_7x7")]
    private readonly I3dUnit _stem = new(3, 64, 7, 2);

    [ComponentName(Name = "Conv3d_2b_1x1")]
    private readonly I3dUnit _second = new(64, 64);

    [ComponentName(Name = "Conv3d_2c_3x3")]
    private readonly I3dUnit _third = new(64, 192, 3);

    [ComponentName(Name = "Mixed_3b")]
    private readonly I3dMixture _mixed3b = new(192, 64, 96, 128, 16, 32, 32);

    [ComponentName(Name = "Mixed_3c")]
    private readonly I3dMixture _mixed3c = new(256, 128, 128, 192, 32, 96, 64);

    [ComponentName(Name = "Mixed_4b")]
    private readonly I3dMixture _mixed4b = new(480, 192, 96, 208, 16, 48, 64);

    [ComponentName(Name = "Mixed_4c")]
    private readonly I3dMixture _mixed4c = new(512, 160, 112, 224, 24, 64, 64);

    [ComponentName(Name = "Mixed_4d")]
    private readonly I3dMixture _mixed4d = new(512, 128, 128, 256, 24, 64, 64);

    [ComponentName(Name = "Mixed_4e")]
    private readonly I3dMixture _mixed4e = new(512, 112, 144, 288, 32, 64, 64);

    [ComponentName(Name = "Mixed_4f")]
    private readonly I3dMixture _mixed4f = new(528, 256, 160, 320, 32, 128, 128);

    [ComponentName(Name = "Mixed_5b")]
    private readonly I3dMixture _mixed5b = new(832, 256, 160, 320, 32, 128, 128);

    [ComponentName(Name = "Mixed_5c")]
    private readonly I3dMixture _mixed5c = new(832, 384, 192, 384, 48, 128, 128);

    [ComponentName(Name = "logits")]
    private readonly I3dUnit _logits = new(1024, Classes, last: true);

    internal I3dNetwork() : base(nameof(I3dNetwork))
    {
        RegisterComponents();
        eval();
    }

    /// <summary>Frames to logits.</summary>
    /// <param name="video">[B,3,F,224,224] in [-1, 1], F at least <see cref="LeastFrames"/>.</param>
    /// <returns>[B,400].</returns>
    public override Tensor forward(Tensor video)
    {
        using var scope = NewDisposeScope();
        var h = SamePadding.MaxPool(_stem.forward(video), [1, 3, 3], [1, 2, 2]);
        h = SamePadding.MaxPool(_third.forward(_second.forward(h)), [1, 3, 3], [1, 2, 2]);
        h = SamePadding.MaxPool(_mixed3c.forward(_mixed3b.forward(h)), [3, 3, 3], [2, 2, 2]);
        h = _mixed4e.forward(_mixed4d.forward(_mixed4c.forward(_mixed4b.forward(h))));
        h = SamePadding.MaxPool(_mixed4f.forward(h), [2, 2, 2], [2, 2, 2]);
        h = functional.avg_pool3d(_mixed5c.forward(_mixed5b.forward(h)), [2, 7, 7], [1, 1, 1]);
        return _logits.forward(h).mean([2, 3, 4]).MoveToOuterDisposeScope(); // [B,400,F/8-1,1,1] → [B,400]
    }
}

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

/// <summary>A convolution with batch norm and ReLU, or the last one, with a bias and nothing after it.</summary>
internal sealed class I3dUnit : Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv3d")]
    private readonly Conv3d _convolution;

    [ComponentName(Name = "bn")]
    private readonly BatchNorm? _norm;

    private readonly long[] _size;
    private readonly long[] _stride;

    internal I3dUnit(long inChannels, long outChannels, long size = 1, long stride = 1, bool last = false) : base(nameof(I3dUnit))
    {
        (_size, _stride) = ([size, size, size], [stride, stride, stride]);
        _convolution = Conv3d(inChannels, outChannels, size, stride: stride, bias: last);
        if (!last) _norm = new BatchNorm(outChannels);
        RegisterComponents();
    }

    /// <summary>[B,C,F,H,W] → [B,out,⌈F/stride⌉,⌈H/stride⌉,⌈W/stride⌉].</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = _convolution.forward(SamePadding.Pad(x, _size, _stride));
        if (_norm is not null) h = _norm.forward(h).relu_();
        return h.MoveToOuterDisposeScope();
    }
}

/// <summary>TensorFlow's "same" padding: as many zeros as make the result ⌈size/stride⌉ long, an odd one at the end.</summary>
internal static class SamePadding
{
    /// <summary>Pads the last dimensions of <paramref name="x"/>.</summary>
    /// <param name="x">The input.</param>
    /// <param name="size">Of the kernel in these dimensions.</param>
    /// <param name="stride">In these dimensions.</param>
    internal static Tensor Pad(Tensor x, ReadOnlySpan<long> size, ReadOnlySpan<long> stride)
    {
        var padding = new long[2 * size.Length];
        for (var i = 0; i < size.Length; i++)
        {
            var extent = x.shape[^(size.Length - i)];
            var missing = Math.Max(0, size[i] - (extent % stride[i] == 0 ? stride[i] : extent % stride[i]));
            // Padding names the last dimension first.
            (padding[^(2 * i + 2)], padding[^(2 * i + 1)]) = (missing / 2, missing - missing / 2);
        }
        return padding.All(count => count == 0) ? x.alias() : functional.pad(x, padding);
    }

    /// <summary>The maximum over windows; the input is not negative, so that zeros change nothing.</summary>
    internal static Tensor MaxPool(Tensor x, long[] size, long[] stride)
    {
        using var scope = NewDisposeScope();
        return functional.max_pool3d(Pad(x, size, stride), size, stride).MoveToOuterDisposeScope();
    }
}
