using System.ComponentModel;
using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Primitives;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Layers;

/// <summary>
/// Weight and bias of one convolution or linear layer, under the names <c>weight</c> and <c>bias</c>. By itself it is the linear layer,
/// or the convolution of size 1, over the last dimension of tokens: [N,T,in] → [N,T,out].
/// </summary>
internal class Kernel : Module<Tensor, Tensor>, IInitializable, ISummingLayer
{
    private readonly bool _zeroStart;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;

    /// <param name="shape">Outputs, inputs, then the extent of each dimension.</param>
    /// <param name="device">Where the parameters live; <c>meta</c> to know names and shapes alone.</param>
    /// <param name="zeroStart">Whether training starts with zeros, so that a residual branch starts as nothing.</param>
    internal Kernel(long[] shape, Device device, bool zeroStart = false) : base(nameof(Kernel))
    {
        _zeroStart = zeroStart;
        _weight = Parameter(empty(shape, device: device));
        _bias = Parameter(empty(shape[0], device: device));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Tensor Weight => _weight;

    /// <inheritdoc/>
    public Tensor Bias => _bias;

    /// <inheritdoc/>
    public GradientSums? Sums { get; set; }

    public override Tensor forward(Tensor tokens) => ChannelsLast.Mix(tokens, Weight, Bias, Sums);

    /// <summary>Uniform in ±1/√fan-in, PyTorch's default for these layers, or zero.</summary>
    public void Initialize(IRandomSource random)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var bound = 1 / Math.Sqrt(Weight[0].numel());
        foreach (var parameter in new[] { Weight, Bias })
        {
            if (_zeroStart) parameter.zero_();
            else parameter.copy_(random.Uniform(parameter.shape).MultiplyInPlace(2 * bound).SubtractInPlace(bound));
        }
    }
}

/// <summary>A layer with a weight and a bias whose gradients can be summed elsewhere than with the parameters.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface ISummingLayer
{
    /// <summary>The weight.</summary>
    Tensor Weight { get; }

    /// <summary>The bias.</summary>
    Tensor Bias { get; }

    /// <summary>Where; null for the parameters' own gradients. Where the layer has no way of its own it uses those all the same.</summary>
    GradientSums? Sums { get; set; }
}
