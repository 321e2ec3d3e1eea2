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

    /// <param name="x">[N,H,W,C]</param>
    /// <param name="embedding">The timestep's, [N,E].</param>
    /// <param name="owned">Whether nothing else uses x: it is disposed then, and may be overwritten before where no gradient is kept.</param>
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
