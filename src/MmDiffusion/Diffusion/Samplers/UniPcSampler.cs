using MmDiffusion.Primitives;
using static MmDiffusion.Diffusion.LinearCombination;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

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
        _levels = TimeGrid.Levels(new(process.Schedule), options.Spacing, options.Steps);
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
                return Predict(order, x, from, to, m, history);
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
        return order == 1 ? next : Add(next, step, Differences(order, from, to, m, history), PredictorWeights(order, from, to, step, history));
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
