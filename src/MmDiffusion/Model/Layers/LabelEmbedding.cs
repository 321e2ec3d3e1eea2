using MmDiffusion.Primitives;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>
/// A vector for each class, added to the timestep's embedding as class-conditional guided-diffusion does (Dhariwal and Nichol, arXiv 2105.05233):
/// [B] → [B,E], in float32. Row 0 is for no class. All rows start at zero, so that trained weights of a network without classes can go on.
/// </summary>
internal sealed class LabelEmbedding : Module<Tensor, Tensor>, IInitializable
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    internal LabelEmbedding(long labels, long embeddingChannels, Device device) : base(nameof(LabelEmbedding))
    {
        _weight = Parameter(empty([labels + 1, embeddingChannels], device: device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor labels) => _weight.index_select(0, labels);

    /// <inheritdoc/>
    public void Initialize(IRandomSource random)
    {
        using var noGradient = no_grad();
        _weight.zero_();
    }
}
