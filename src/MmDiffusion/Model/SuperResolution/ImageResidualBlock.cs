using System.Globalization;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Model.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.SuperResolution;

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

    internal ImageResidualBlock(
        long inChannels,
        long outChannels,
        long embeddingChannels,
        Dropout dropout,
        Resample resample,
        Device device)
        : base(nameof(ImageResidualBlock))
    {
        _resample = resample switch
        {
            Resample.Down => Resampling.HalveImages,
            Resample.Up => Resampling.DoubleImages,
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

/// <summary>A layer on image features [N,H,W,C].</summary>
internal interface IImageLayer
{
    /// <param name="x">Features.</param>
    /// <param name="embedding">The timestep's embedding, [N,E].</param>
    /// <param name="owned">Whether nothing else uses x, which may then be overwritten where no gradient is kept.</param>
    Tensor Forward(Tensor x, Tensor embedding, bool owned);
}

/// <summary>A convolution over rows and columns, sizes kept: [N,H,W,C] → [N,H,W,out].</summary>
internal sealed class ImageConv : Kernel
{
    internal ImageConv(long inChannels, long outChannels, int size, Device device, bool zeroStart = false)
        : base([outChannels, inChannels, size, size], device, zeroStart)
    {
    }

    public override Tensor forward(Tensor x) =>
        Weight.size(2) == 1 ? ChannelsLast.Mix(x, Weight, Bias, Sums) : ChannelsLast.Convolve(x, Weight, Bias, sums: Sums);
}

/// <summary>Layers that run one after the other, named by their numbers: residual blocks, self-attention and plain convolutions.</summary>
internal sealed class ImageStage : Module
{
    private readonly IReadOnlyList<Module> _layers;

    internal ImageStage(IReadOnlyList<Module> layers) : base(nameof(ImageStage))
    {
        _layers = layers;
        for (var i = 0; i < layers.Count; i++) register_module(i.ToString(CultureInfo.InvariantCulture), layers[i]);
    }

    /// <param name="x">[N,H,W,C]</param>
    /// <param name="embedding">The timestep's, [N,E].</param>
    /// <param name="owned">
    /// Whether nothing else uses x: it is disposed then, and may be overwritten before where no gradient is kept.
    /// </param>
    internal Tensor Forward(Tensor x, Tensor embedding, bool owned)
    {
        using var scope = NewDisposeScope();
        foreach (var layer in _layers)
        {
            var next = Run(layer, x, embedding, owned);
            if (owned) x.Dispose();
            (x, owned) = (next, true);
        }
        return x.MoveToOuterDisposeScope();
    }

    private static Tensor Run(Module layer, Tensor x, Tensor embedding, bool owned) => layer switch
    {
        IImageLayer block => block.Forward(x, embedding, owned),
        SelfAttention attention => attention.forward(x.flatten(1, 2)).view_as(x), // [N,H,W,C] → [N,H*W,C] → [N,H,W,C]
        Module<Tensor, Tensor> plain => plain.forward(x),
        _ => throw new InvalidOperationException($"{layer.GetType().Name} is no image layer"),
    };
}
