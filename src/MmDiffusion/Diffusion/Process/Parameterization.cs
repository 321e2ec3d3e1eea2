using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>
/// The three equivalent readings of x_t = s·x_0 + n·ε and v = s·ε − n·x_0, with the signal s = √ᾱ and the noise n = √(1−ᾱ), each a
/// scalar or one value per sample shaped to broadcast.
/// </summary>
internal static class Parameterization
{
    /// <summary>x_0 from the network's output.</summary>
    internal static Tensor X0(PredictionKind kind, Tensor xt, Tensor output, Tensor s, Tensor n) => kind switch
    {
        PredictionKind.X0 => output.alias(),
        PredictionKind.V => s * xt - n * output,
        _ => X0FromEpsilon(xt, output, s, n),
    };

    /// <summary>ε from the network's output.</summary>
    internal static Tensor Epsilon(PredictionKind kind, Tensor xt, Tensor output, Tensor s, Tensor n) => kind switch
    {
        PredictionKind.X0 => EpsilonFromX0(xt, output, s, n),
        PredictionKind.V => (n * xt).Plus(s * output),
        _ => output.alias(),
    };

    /// <summary>What the network's output should have been.</summary>
    internal static Tensor Target(PredictionKind kind, Tensor x0, Tensor epsilon, Tensor s, Tensor n) => kind switch
    {
        PredictionKind.X0 => x0.alias(),
        PredictionKind.V => s * epsilon - n * x0,
        _ => epsilon.alias(),
    };

    internal static Tensor X0FromEpsilon(Tensor xt, Tensor epsilon, Tensor s, Tensor n) => (xt - n * epsilon) / s;

    internal static Tensor EpsilonFromX0(Tensor xt, Tensor x0, Tensor s, Tensor n) => (xt - s * x0) / n;
}
