using MmDiffusion.Kernels;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Process;

/// <summary>A network's raw output split into the prediction and, where it is learned, the variance.</summary>
/// <param name="Prediction">ε, x_0 or v, of the state's shape.</param>
/// <param name="Variance">The variance's interpolation, of the state's shape; null unless it is learned.</param>
internal sealed record NetworkOutput(AudioVideo Prediction, AudioVideo? Variance)
{
    /// <summary>Splits the channels of a raw output: dimension 2 of a video [B,F,C,H,W], dimension 1 of images and sound.</summary>
    /// <exception cref="MmDiffusionException">The output's shape does not fit the state's.</exception>
    internal static NetworkOutput Split(AudioVideo raw, AudioVideo xt, bool learnsVariance)
    {
        if (!learnsVariance) return new(raw.Zip(xt, (output, x) => Guarded(output, x.shape)), null);
        var guarded = raw.Zip(xt, (output, x) => Guarded(output, Doubled(x.shape)));
        return new(guarded.Map(output => Half(output, 0)), guarded.Map(output => Half(output, 1)));
    }

    private static Tensor Half(Tensor output, long half)
    {
        var channels = output.shape[ChannelDimension(output.dim())] / 2;
        return output.narrow(ChannelDimension(output.dim()), half * channels, channels);
    }

    private static long ChannelDimension(long rank) => rank == 5 ? 2 : 1;

    private static long[] Doubled(long[] shape)
    {
        long[] doubled = [.. shape];
        doubled[ChannelDimension(shape.Length)] *= 2;
        return doubled;
    }

    private static Tensor Guarded(Tensor output, long[] expected) => output.shape.SequenceEqual(expected)
        ? output
        : throw new MmDiffusionException(
            $"the network's output is [{string.Join(", ", output.shape)}], expected [{string.Join(", ", expected)}]; "
                + "check the configuration's variance (learned_range needs twice the channels) and the network's learn_sigma");
}

/// <summary>
/// The three equivalent readings of x_t = s·x_0 + n·ε and v = s·ε − n·x_0, with the signal s = √ᾱ and the noise n =
/// √(1−ᾱ), each a scalar or one value per sample shaped to broadcast.
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
