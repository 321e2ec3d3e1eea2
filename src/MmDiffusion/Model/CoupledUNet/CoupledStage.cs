using System.Globalization;
using MmDiffusion.Primitives;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>Layers that run one after the other, named by their numbers.</summary>
internal sealed class CoupledStage : Module, ICoupledLayer
{
    private readonly IReadOnlyList<ICoupledLayer> _layers;

    internal CoupledStage(IReadOnlyList<ICoupledLayer> layers) : base(nameof(CoupledStage))
    {
        _layers = layers;
        for (var i = 0; i < layers.Count; i++) register_module(i.ToString(CultureInfo.InvariantCulture), (Module)layers[i]);
    }

    /// <summary>The layers in turn. Where x is owned it is disposed.</summary>
    public AudioVideo Forward(AudioVideo x, Tensor embedding, WindowShifts shifts, bool owned)
    {
        using var scope = NewDisposeScope();
        foreach (var layer in _layers)
        {
            var next = layer.Forward(x, embedding, shifts, owned);
            if (owned) x.Dispose();
            (x, owned) = (next, true);
        }
        return x.MoveToOuter(scope);
    }
}
