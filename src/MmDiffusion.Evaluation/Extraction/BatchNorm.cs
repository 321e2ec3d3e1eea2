using MmDiffusion.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction;

/// <summary>
/// Batch normalisation of [B,C,…] with PyTorch's defaults and its names of parameters and buffers. TorchSharp's own counts the batches of
/// training with a number that may be finalised meanwhile: see <see cref="TensorArithmetic"/>.
/// </summary>
internal sealed class BatchNorm : Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-5;
    private const double Momentum = 0.1;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;

    [ComponentName(Name = "running_mean")]
    private readonly Tensor _mean;

    [ComponentName(Name = "running_var")]
    private readonly Tensor _variance;

    [ComponentName(Name = "num_batches_tracked")]
    private readonly Tensor _batches;

    internal BatchNorm(long channels) : base(nameof(BatchNorm))
    {
        (_weight, _bias) = (Parameter(ones(channels)), Parameter(zeros(channels)));
        _mean = zeros(channels).DetachFromDisposeScope();
        _variance = ones(channels).DetachFromDisposeScope();
        _batches = zeros([], ScalarType.Int64).DetachFromDisposeScope();
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        if (training) _batches.AddInPlace(1);
        return functional.batch_norm(x, _mean, _variance, _weight, _bias, training, Momentum, Epsilon);
    }
}
