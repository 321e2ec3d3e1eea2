using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Layers;

/// <summary>Which parameters follow the precision that a network computes in.</summary>
internal static class ComputePrecision
{
    /// <summary>Converts the weights of convolutions and attention; those of norms and embeddings stay as they are.</summary>
    internal static void Convert(IEnumerable<Module> parts, ScalarType type)
    {
        foreach (var part in parts) Convert(part, type);
    }

    private static void Convert(Module module, ScalarType type)
    {
        if (module is EmbeddingLayers) return;
        if (module is Kernel kernel) kernel.to(type);
        foreach (var child in module.children()) Convert(child, type);
    }
}
