using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>The residual block of guided-diffusion's image U-Net. Here the resampling comes before the first convolution.</summary>
internal sealed class ImageResidualBlock : Module, IImageLayer
{
    private readonly Func<Tensor, Tensor> _resample;

    [ComponentName(Name = "in_layers")]
    private readonly InLayers<ImageConv> _in;

    [ComponentName(Name = "emb_layers")]
    private readonly EmbeddingLayers _embedding;

    [ComponentName(Name = "out_layers")]
    private readonly OutLayers<ImageConv> _out;

    [ComponentName(Name = "skip_connection")]
    private readonly ImageConv? _skip;

    internal ImageResidualBlock(long inChannels, long outChannels, long embeddingChannels, Dropout dropout, Resample resample, Device device)
        : base(nameof(ImageResidualBlock))
    {
        _resample = resample switch
        {
            Resample.Down => Resampling.HalvePictures,
            Resample.Up => Resampling.DoublePictures,
            _ => Resampling.None,
        };
        _in = new(new GroupNorm(inChannels, device), new ImageConv(inChannels, outChannels, 3, device));
        _embedding = new(embeddingChannels, outChannels, device);
        _out = new(new GroupNorm(outChannels, device), new ImageConv(outChannels, outChannels, 3, device, zeroStart: true), dropout);
        if (inChannels != outChannels) _skip = new ImageConv(inChannels, outChannels, 1, device);
        RegisterComponents();
    }

    public Tensor Forward(Tensor x, Tensor embedding, bool owned)
    {
        using var scope = NewDisposeScope();
        var mixed = _skip?.forward(x); // First, so that the norm may overwrite x. Channels change only where the size does not.
        var h = _out.Forward(_in.Forward(x, _resample, owned: owned && mixed is not null), _embedding.forward(embedding));
        return Residual.Add(h, mixed ?? _resample(x)).MoveToOuterDisposeScope();
    }
}
