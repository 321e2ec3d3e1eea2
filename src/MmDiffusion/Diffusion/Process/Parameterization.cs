using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>
/// The three equivalent readings of x_t = α·x_0 + σ·ε and v = α·ε − σ·x_0, with α² + σ² = 1. α and σ are scalars, or one value per
/// sample shaped to broadcast.
/// </summary>
internal static class Parameterization
{
    /// <summary>x_0 from the network's output.</summary>
    internal static Tensor X0(PredictionKind kind, Tensor xt, Tensor output, Tensor alpha, Tensor sigma) => kind switch
    {
        PredictionKind.X0 => output.alias(),
        PredictionKind.V => alpha * xt - sigma * output,
        _ => X0FromEpsilon(xt, output, alpha, sigma),
    };

    /// <summary>ε from the network's output.</summary>
    internal static Tensor Epsilon(PredictionKind kind, Tensor xt, Tensor output, Tensor alpha, Tensor sigma) => kind switch
    {
        PredictionKind.X0 => EpsilonFromX0(xt, output, alpha, sigma),
        PredictionKind.V => sigma * xt + alpha * output,
        _ => output.alias(),
    };

    /// <summary>What the network's output should have been.</summary>
    internal static Tensor Target(PredictionKind kind, Tensor x0, Tensor epsilon, Tensor alpha, Tensor sigma) => kind switch
    {
        PredictionKind.X0 => x0.alias(),
        PredictionKind.V => alpha * epsilon - sigma * x0,
        _ => epsilon.alias(),
    };

    internal static Tensor X0FromEpsilon(Tensor xt, Tensor epsilon, Tensor alpha, Tensor sigma) => (xt - sigma * epsilon) / alpha;

    internal static Tensor EpsilonFromX0(Tensor xt, Tensor x0, Tensor alpha, Tensor sigma) => (xt - alpha * x0) / sigma;
}
