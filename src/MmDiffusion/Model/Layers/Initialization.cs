using MmDiffusion.Primitives;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Layers;

/// <summary>How a new network starts.</summary>
internal static class Initialization
{
    /// <summary>Fills every parameter below a module, in the order of registration.</summary>
    internal static void Initialize(Module module, IRandomSource random)
    {
        foreach (var layer in module.modules().OfType<IInitializable>()) layer.Initialize(random);
    }
}

/// <summary>A layer that owns parameters and knows how training starts with them.</summary>
internal interface IInitializable
{
    /// <summary>Fills the parameters from the given source; memory for them is reserved but not written before.</summary>
    void Initialize(IRandomSource random);
}
