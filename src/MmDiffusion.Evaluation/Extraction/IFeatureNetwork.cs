using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>A network that turns what it is given into features. May be used by several threads at once.</summary>
internal interface IFeatureNetwork : IDisposable
{
    /// <summary>Computes features.</summary>
    /// <param name="input">In the layout of the description, a batch of one.</param>
    /// <returns>Any shape whose first dimension is the batch.</returns>
    Tensor Run(Tensor input);
}

/// <summary>A network of ours with its weights.</summary>
internal sealed class ModuleNetwork(nn.Module<Tensor, Tensor> module) : IFeatureNetwork
{
    public Tensor Run(Tensor input) => module.forward(input);

    public void Dispose() => module.Dispose();
}
