using MmDiffusion.Primitives;
using static MmDiffusion.Diffusion.LinearCombination;

namespace MmDiffusion.Diffusion;

/// <summary>
/// The updates of DPM-Solver and DPM-Solver++ (both papers, appendices on algorithms). m is the integrated prediction, ε or x_0.
/// </summary>
/// <param name="algorithm">Which prediction is integrated.</param>
/// <param name="asPublished">See <see cref="DpmSolverOptions.AsPublished"/>.</param>
internal sealed class DpmFormulas(DpmAlgorithm algorithm, bool asPublished)
{
    /// <summary>Order 1, which is DDIM.</summary>
    internal AudioVideo First(AudioVideo x, NoiseLevel from, NoiseLevel to, AudioVideo m)
    {
        var right = Euler(x, from, to, m);
        if (!asPublished || algorithm != DpmAlgorithm.DpmSolver || !x.HasAudio) return right;
        var mixedUp = Sum((to.Noise / from.Noise, x), (-to.Signal * double.ExpM1(to.LogSnr - from.LogSnr), m));
        return new(x.HasVideo ? right.Video : null, mixedUp.Audio);
    }

    /// <summary>Order 2 with one evaluation at a level in between.</summary>
    internal AudioVideo SingleStepSecond(
        AudioVideo x, NoiseLevel from, NoiseLevel middle, NoiseLevel to, Func<AudioVideo, NoiseLevel, AudioVideo> evaluate)
    {
        var step = ExponentialStep.Between(algorithm, from, to);
        var r1 = Fraction(from, middle, to);
        var m = evaluate(x, from);
        var m1 = evaluate(Euler(x, from, middle, m), middle);
        return Sum((step.Scale, x), (-step.W1, m), (-step.W1 / (2 * r1), m1.Minus(m)));
    }

    /// <summary>Order 3 with evaluations at two levels in between.</summary>
    internal AudioVideo SingleStepThird(
        AudioVideo x,
        NoiseLevel from,
        NoiseLevel middle1,
        NoiseLevel middle2,
        NoiseLevel to,
        Func<AudioVideo, NoiseLevel, AudioVideo> evaluate)
    {
        var (inner, step) = (ExponentialStep.Between(algorithm, from, middle2), ExponentialStep.Between(algorithm, from, to));
        var (r1, r2) = (Fraction(from, middle1, to), Fraction(from, middle2, to));
        var m = evaluate(x, from);
        var m1 = evaluate(Euler(x, from, middle1, m), middle1);
        var x2 = Sum((inner.Scale, x), (-inner.W1, m), (-inner.W2 * r2 / r1, m1.Minus(m)));
        var m2 = evaluate(x2, middle2);
        return Sum((step.Scale, x), (-step.W1, m), (-step.W2 / r2, m2.Minus(m)));
    }

    /// <summary>Order 2 with the prediction of the step before.</summary>
    internal AudioVideo MultiStepSecond(AudioVideo x, NoiseLevel from, NoiseLevel to, AudioVideo m, PredictionHistory history)
    {
        var step = ExponentialStep.Between(algorithm, from, to);
        var (before1, m1) = history.Back(1);
        var r1 = Fraction(before1, from, from, to);
        return Sum((step.Scale, x), (-step.W1, m), (-step.W1 / (2 * r1), m.Minus(m1)));
    }

    /// <summary>Order 3 with the predictions of the two steps before, from whose divided differences m′ and m″ are estimated.</summary>
    internal AudioVideo MultiStepThird(AudioVideo x, NoiseLevel from, NoiseLevel to, AudioVideo m, PredictionHistory history)
    {
        var step = ExponentialStep.Between(algorithm, from, to);
        var ((before1, m1), (before2, m2)) = (history.Back(1), history.Back(2));
        var (r1, r2) = (Fraction(before1, from, from, to), Fraction(before2, before1, from, to));
        var (near, far) = (m.Minus(m1), m1.Minus(m2));
        var second = Sum((1 / (r1 * (r1 + r2)), near), (-1 / (r2 * (r1 + r2)), far));
        var first = Sum((1 / r1, near), (r1, second));
        return Sum((step.Scale, x), (-step.W1, m), (-step.W2, first), (-step.W3, second));
    }

    private AudioVideo Euler(AudioVideo x, NoiseLevel from, NoiseLevel to, AudioVideo m)
    {
        var step = ExponentialStep.Between(algorithm, from, to);
        return Sum((step.Scale, x), (-step.W1, m));
    }

    private static double Fraction(NoiseLevel from, NoiseLevel middle, NoiseLevel to) => Fraction(from, middle, from, to);

    /// <summary>The length in λ of one stretch as a fraction of another's.</summary>
    private static double Fraction(NoiseLevel start, NoiseLevel end, NoiseLevel from, NoiseLevel to) =>
        (end.LogSnr - start.LogSnr) / (to.LogSnr - from.LogSnr);
}
