using MmDiffusion.Primitives;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>How a new network starts.</summary>
internal static class Initialization
{
    /// <summary>Fills every parameter below a module, in the order of registration.</summary>
    internal static void Initialize(Module module, IRandomSource random)
    {
        foreach (var layer in module.modules().OfType<IInitializable>()) layer.Initialize(random);
    }
}
