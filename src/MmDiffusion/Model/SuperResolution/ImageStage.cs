using System.Globalization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>Layers that run one after the other, named by their numbers: residual blocks, self-attention and plain convolutions.</summary>
internal sealed class ImageStage : Module
{
    private readonly IReadOnlyList<Module> _layers;

    internal ImageStage(IReadOnlyList<Module> layers) : base(nameof(ImageStage))
    {
        _layers = layers;
        for (var i = 0; i < layers.Count; i++) register_module(i.ToString(CultureInfo.InvariantCulture), layers[i]);
    }

    internal Tensor Forward(Tensor x, Tensor embedding)
    {
        using var scope = NewDisposeScope();
        foreach (var layer in _layers) x = Run(layer, x, embedding);
        return x.MoveToOuterDisposeScope();
    }

    private static Tensor Run(Module layer, Tensor x, Tensor embedding) => layer switch
    {
        IImageLayer block => block.Forward(x, embedding),
        SelfAttention attention => attention.forward(x.flatten(1, 2)).view(x.shape), // [N,H,W,C] → [N,H*W,C] → [N,H,W,C]
        Module<Tensor, Tensor> plain => plain.forward(x),
        _ => throw new InvalidOperationException($"{layer.GetType().Name} is no image layer"),
    };
}
