using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>What the network says of a state at one noise level, read as x_0 or as ε.</summary>
internal sealed class Prediction(PredictionKind kind, AudioVideo xt, NetworkOutput output, NoiseLevel level)
{
    // 0-dimensional in double precision, they keep the state's own type.
    private readonly Tensor _signal = tensor(level.Signal, float64);
    private readonly Tensor _noise = tensor(level.Noise, float64);

    /// <summary>The state the network saw.</summary>
    internal AudioVideo Xt => xt;

    /// <summary>The learned variance's output; null where there is none.</summary>
    internal AudioVideo? Variance => output.Variance;

    /// <summary>The estimate of x_0.</summary>
    internal AudioVideo X0(X0Bound bound) => xt.Zip(output.Prediction, (x, y) => bound.Apply(Parameterization.X0(kind, x, y, _signal, _noise)));

    /// <summary>The estimate of ε.</summary>
    internal AudioVideo Epsilon() => xt.Zip(output.Prediction, (x, y) => Parameterization.Epsilon(kind, x, y, _signal, _noise));

    /// <summary>The ε that belongs to an estimate of x_0, such as a clipped one.</summary>
    internal AudioVideo EpsilonOf(AudioVideo x0) => xt.Zip(x0, (x, clean) => Parameterization.EpsilonFromX0(x, clean, _signal, _noise));
}
