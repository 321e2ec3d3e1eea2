using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static MmDiffusion.Diffusion.Sampling.LinearCombination;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Sampling;

/// <summary>
/// UniPC (Zhao et al., 2023), multi-step and on x_0: a predictor of order p, corrected to order p + 1 by the evaluation that the next
/// step makes anyway, so that a step takes one network call.
/// </summary>
public sealed class UniPcSampler : ISampler
{
    private readonly GaussianProcess _process;
    private readonly UniPcOptions _options;
    private readonly NoiseLevel[] _levels;

    /// <summary>Makes the sampler.</summary>
    /// <param name="process">The process on its whole schedule.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="MmDiffusionException">The settings are not valid.</exception>
    /// <exception cref="ArgumentException">The schedule is respaced.</exception>
    public UniPcSampler(GaussianProcess process, UniPcOptions options)
    {
        options.Validate();
        _process = process;
        _options = options;
        _levels = TimeGrid.Levels(new(process.Schedule), options.Spacing, options.Steps, options.EndsClean);
    }

    /// <inheritdoc/>
    public int NetworkCalls => _options.Steps;

    /// <inheritdoc/>
    public AudioVideo Sample(IDenoiser denoiser, AudioVideo xT, SamplingContext context)
    {
        using var scope = NewDisposeScope();
        var run = new SamplingRun(_process, denoiser, xT, context, NetworkCalls, NetworkCalls);
        var history = new PredictionHistory(_options.Order);
        for (var i = 0; i < _options.Steps; i++)
        {
            var (from, to) = (_levels[i], _levels[i + 1]);
            var (lastOrder, order) = (i == 0 ? 0 : Order(i - 1), Order(i));
            run.Advance(from, to, x =>
            {
                var m = run.Predict(x, from).X0(_options.Bound);
                if (lastOrder > 0) x = run.Condition(Correct(lastOrder, x, from, m, history), from);
                history.Push(from, m);
                // With no noise left the step's exact part is 0·x + 1·m.
                return to == NoiseLevel.Clean ? m : Predict(order, x, from, to, m, history);
            });
        }
        return run.Finish().MoveToOuter(scope);
    }

    private int Order(int step)
    {
        var risen = Math.Min(_options.Order, step + 1);
        return _options.LowerOrderFinal ? Math.Min(risen, _options.Steps - step) : risen;
    }

    private AudioVideo Predict(int order, AudioVideo x, NoiseLevel from, NoiseLevel to, AudioVideo m, PredictionHistory history)
    {
        var step = ExponentialStep.Between(DpmAlgorithm.DpmSolverPlusPlus, from, to);
        var next = Sum((step.Scale, x), (-step.W1, m));
        return order == 1
            ? next
            : Add(next, step, Differences(order, from, to, m, history), PredictorWeights(order, from, to, step, history));
    }

    /// <summary>
    /// Replaces the predictor's weights of the step that led here by the corrector's. A displacement, so that whatever else moved the
    /// state since (guidance) stays.
    /// </summary>
    private AudioVideo Correct(int order, AudioVideo x, NoiseLevel here, AudioVideo m, PredictionHistory history)
    {
        var (from, m0) = history.Back(1);
        var step = ExponentialStep.Between(DpmAlgorithm.DpmSolverPlusPlus, from, here);
        var differences = Differences(order, from, here, m0, history);
        var (old, corrected) = (PredictorWeights(order, from, here, step, history), CorrectorWeights(order, from, here, step, history));
        return Add(x, step, [.. differences, m.Minus(m0)], [.. corrected.Select((weight, k) => weight - (k < old.Length ? old[k] : 0))]);
    }

    private AudioVideo Add(AudioVideo x, ExponentialStep step, AudioVideo[] differences, double[] weights)
    {
        var b = step.Weight * UniPcCoefficients.B(step.G, _options.Variant);
        return Sum([(1, x), .. differences.Select((difference, k) => (-b * weights[k], difference))]);
    }

    // (m_k − m_0) / r_k for the predictions before m_0, the newest, that a step of this order uses.
    private static AudioVideo[] Differences(int order, NoiseLevel from, NoiseLevel to, AudioVideo m0, PredictionHistory history) =>
        [.. Ratios(order, from, to, history).Select((ratio, k) => Sum((1 / ratio, history.Back(k + 2).Value), (-1 / ratio, m0)))];

    private static double[] Ratios(int order, NoiseLevel from, NoiseLevel to, PredictionHistory history) =>
        [.. Enumerable.Range(2, order - 1).Select(back => (history.Back(back).Level.LogSnr - from.LogSnr) / (to.LogSnr - from.LogSnr))];

    private double[] PredictorWeights(int order, NoiseLevel from, NoiseLevel to, ExponentialStep step, PredictionHistory history) =>
        order == 1 ? [] : UniPcCoefficients.Weights(Ratios(order, from, to, history), step.G, _options.Variant);

    private double[] CorrectorWeights(int order, NoiseLevel from, NoiseLevel to, ExponentialStep step, PredictionHistory history) =>
        UniPcCoefficients.Weights([.. Ratios(order, from, to, history), 1], step.G, _options.Variant);
}

/// <summary>Settings of <see cref="UniPcSampler"/>.</summary>
public sealed record UniPcOptions
{
    /// <summary>Highest order of a step, 1 to 3. 2 by default; docs/samplers.md compares 2 and 3.</summary>
    public int Order { get; init; } = 2;

    /// <summary>Network calls, at least the order. 20 by default.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>B(h) = e^h − 1 by default.</summary>
    public UniPcVariant Variant { get; init; }

    /// <summary>Evenly in λ by default.</summary>
    public TimeSpacing Spacing { get; init; }

    /// <summary>How x_0 is bounded: clipped by default.</summary>
    public X0Bound Bound { get; init; }

    /// <summary>Whether the last steps fall in order, which keeps few steps stable. True by default.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>
    /// Whether the steps are one fewer from time 1 to 1/N, and one more goes from there to no noise at all (σ = 0), where its result is
    /// the prediction of x_0, as diffusers ends. With 5 or 6 calls spaced evenly in time it is about twice as near the end of the ODE of
    /// one normal distribution, and no nearer that of a mixture of two. False by default.
    /// </summary>
    public bool EndsClean { get; init; }

    /// <summary>Checks every setting and how they fit together.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Order is >= 1 and <= 3, $"order is {Order}, expected 1, 2 or 3");
        errors.Require(Steps is >= 1 and <= 1000 && Steps >= Order, $"steps is {Steps}, expected the order {Order} to 1000");
        errors.Require(!EndsClean || Steps >= 2, $"steps is {Steps}, expected at least 2 to end without noise");
        errors.Require(Enum.IsDefined(Variant), $"variant is {(int)Variant}, expected bh1 or bh2");
        errors.Require(Enum.IsDefined(Spacing), $"spacing is {(int)Spacing}, expected log-SNR, uniform or quadratic");
        errors.Require(Enum.IsDefined(Bound), $"bound is {(int)Bound}, expected clip, none or dynamic");
        errors.ThrowIfAny("UniPC's configuration");
    }
}

/// <summary>The function B(h) of UniPC, free up to its first order in h.</summary>
public enum UniPcVariant
{
    /// <summary>B(h) = e^h − 1.</summary>
    Bh2,

    /// <summary>B(h) = h.</summary>
    Bh1,
}

/// <summary>
/// The weights ρ of UniPC's divided differences (Zhao et al., 2023): Σ_k ρ_k·r_k^i = (i+1)!·ψ_i / B(g) for i = 0 … p−1, with
/// ψ_0 = (e^g − 1)/g − 1 and ψ_i = ψ_{i-1}/g − 1/(i+1)!, integrates the prediction's Taylor terms up to order p exactly.
/// </summary>
internal static class UniPcCoefficients
{
    /// <summary>Solves for the weights.</summary>
    /// <param name="ratios">r_k, where the k-th point lies in λ as a fraction of the step from its start.</param>
    /// <param name="g">The step's g; see <see cref="ExponentialStep"/>.</param>
    /// <param name="variant">Which B.</param>
    internal static double[] Weights(IReadOnlyList<double> ratios, double g, UniPcVariant variant)
    {
        var order = ratios.Count;
        // One point can satisfy one condition only; ½ is its limit for short steps and what the paper recommends.
        if (order == 1) return [0.5];
        var b = B(g, variant);
        var system = new double[order, order + 1];
        var (phi, factorial) = (double.ExpM1(g) / g - 1, 1.0);
        for (var i = 0; i < order; i++)
        {
            for (var k = 0; k < order; k++) system[i, k] = Math.Pow(ratios[k], i);
            system[i, order] = phi * factorial / b;
            factorial *= i + 2;
            phi = phi / g - 1 / factorial;
        }
        return Solve(system);
    }

    /// <summary>B(g).</summary>
    internal static double B(double g, UniPcVariant variant) => variant == UniPcVariant.Bh1 ? g : double.ExpM1(g);

    /// <summary>Gauss–Jordan elimination with row exchanges, on at most three unknowns.</summary>
    private static double[] Solve(double[,] system)
    {
        var size = system.GetLength(0);
        for (var column = 0; column < size; column++)
        {
            var pivot = Enumerable.Range(column, size - column).MaxBy(row => Math.Abs(system[row, column]));
            for (var k = 0; k <= size; k++) (system[column, k], system[pivot, k]) = (system[pivot, k], system[column, k]);
            for (var row = 0; row < size; row++)
            {
                if (row == column) continue;
                var factor = system[row, column] / system[column, column];
                for (var k = column; k <= size; k++) system[row, k] -= factor * system[column, k];
            }
        }
        return [.. Enumerable.Range(0, size).Select(row => system[row, size] / system[row, row])];
    }
}
