using MmDiffusion.Primitives;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model;

/// <summary>
/// Weight and bias of one convolution or linear layer, under the names <c>weight</c> and <c>bias</c>. By itself it is the linear layer,
/// or the convolution of size 1, over the last dimension of tokens: [N,T,in] → [N,T,out].
/// </summary>
internal class Kernel : Module<Tensor, Tensor>, IInitializable
{
    private readonly bool _zeroStart;

    /// <param name="shape">Outputs, inputs, then the extent of each dimension.</param>
    /// <param name="device">Where the parameters live; <c>meta</c> to know names and shapes alone.</param>
    /// <param name="zeroStart">Whether training starts with zeros, so that a residual branch starts as nothing.</param>
    internal Kernel(long[] shape, Device device, bool zeroStart = false) : base(nameof(Kernel))
    {
        _zeroStart = zeroStart;
        register_parameter("weight", Parameter(empty(shape, device: device)));
        register_parameter("bias", Parameter(empty(shape[0], device: device)));
    }

    internal Tensor Weight => get_parameter("weight")!;

    internal Tensor Bias => get_parameter("bias")!;

    public override Tensor forward(Tensor tokens) => ChannelsLast.Mix(tokens, Weight, Bias);

    /// <summary>Uniform in ±1/√fan-in, PyTorch's default for these layers, or zero.</summary>
    public void Initialize(IRandomSource random)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var bound = 1 / Math.Sqrt(Weight[0].numel());
        foreach (var parameter in new[] { Weight, Bias })
        {
            if (_zeroStart) parameter.zero_();
            else parameter.copy_(random.Uniform(parameter.shape).mul_(2 * bound).sub_(bound));
        }
    }
}
