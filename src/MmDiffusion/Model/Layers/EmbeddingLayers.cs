using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>SiLU and a linear layer that turn the timestep's embedding [N,E] into a block's scale and shift [N,2C], in float32.</summary>
internal sealed class EmbeddingLayers : Module<Tensor, Tensor>
{
    [ComponentName(Name = "1")]
    private readonly Kernel _linear;

    internal EmbeddingLayers(long embeddingChannels, long channels, Device device) : base(nameof(EmbeddingLayers))
    {
        _linear = new Kernel([2 * channels, embeddingChannels], device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor embedding)
    {
        using var scope = NewDisposeScope();
        return _linear.forward(functional.silu(embedding)).MoveToOuterDisposeScope();
    }
}
