using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>A network of ours with its weights.</summary>
internal sealed class ModuleNetwork(nn.Module<Tensor, Tensor> module) : IFeatureNetwork
{
    public Tensor Run(Tensor input) => module.forward(input);

    public void Dispose() => module.Dispose();
}
