using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static MmDiffusion.Diffusion.Sampling.LinearCombination;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Sampling;

/// <summary>
/// DPM-Solver and DPM-Solver++ (Lu et al., 2022): exponential integrators of the diffusion ODE in continuous time, from time 1 to 1/N.
/// </summary>
public sealed class DpmSolver : ISampler
{
    private readonly GaussianProcess _process;
    private readonly DpmSolverOptions _options;
    private readonly DpmFormulas _formulas;
    private readonly NoiseLevel[] _levels;

    /// <summary>Makes the sampler.</summary>
    /// <param name="process">The process on its whole schedule.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="MmDiffusionException">The settings are not valid.</exception>
    /// <exception cref="ArgumentException">The schedule is respaced.</exception>
    public DpmSolver(GaussianProcess process, DpmSolverOptions options)
    {
        options.Validate();
        _process = process;
        _options = options;
        _formulas = new(options.Algorithm, options.AsPublished);
        _levels = TimeGrid.Levels(new(process.Schedule), options.Spacing, options.Steps, options.EndsClean);
        if (options.AsPublished) _levels = [.. _levels.Select(level => level with { TimeInput = Math.Floor((float)level.TimeInput) })];
    }

    /// <inheritdoc/>
    public int NetworkCalls => _options.Steps + (_options.DenoiseFinal ? 1 : 0);

    /// <inheritdoc/>
    public AudioVideo Sample(IDenoiser denoiser, AudioVideo xT, SamplingContext context)
    {
        using var scope = NewDisposeScope();
        var orders = _options.Method == DpmMethod.SingleStep
            ? SingleStepOrders(_options.Steps, _options.Order)
            : MultiStepOrders(_options.Steps, _options.Order, _options.LowerOrderFinal && !_options.AsPublished);
        var run = new SamplingRun(_process, denoiser, xT, context, orders.Count + NetworkCalls - _options.Steps, NetworkCalls);
        if (_options.Method == DpmMethod.SingleStep) SingleSteps(run, orders);
        else MultiSteps(run, orders);
        if (_options.DenoiseFinal) run.Advance(_levels[^1], NoiseLevel.Clean, x => run.Predict(x, _levels[^1]).X0(_options.Bound));
        return run.Finish().MoveToOuter(scope);
    }

    private void SingleSteps(SamplingRun run, IReadOnlyList<int> orders)
    {
        var start = 0;
        foreach (var order in orders)
        {
            // A step of order k spans k intervals of the grid and evaluates at the levels within.
            var span = _levels.AsMemory(start, order + 1);
            run.Advance(_levels[start], _levels[start + order], x => SingleStep(run, x, span.Span));
            start += order;
        }
    }

    private AudioVideo SingleStep(SamplingRun run, AudioVideo x, ReadOnlySpan<NoiseLevel> levels) => levels.Length switch
    {
        2 => _formulas.First(x, levels[0], levels[1], Evaluate(run, x, levels[0])),
        3 => _formulas.SingleStepSecond(x, levels[0], levels[1], levels[2], (state, level) => Evaluate(run, state, level)),
        _ => _formulas.SingleStepThird(x, levels[0], levels[1], levels[2], levels[3], (state, level) => Evaluate(run, state, level)),
    };

    private void MultiSteps(SamplingRun run, IReadOnlyList<int> orders)
    {
        var history = new PredictionHistory(_options.Order - 1);
        foreach (var (i, order) in orders.Index())
        {
            var (from, to) = (_levels[i], _levels[i + 1]);
            run.Advance(from, to, x =>
            {
                if (to == NoiseLevel.Clean) return run.Predict(x, from).X0(_options.Bound);
                var m = Evaluate(run, x, from);
                var next = MultiStep(order, x, from, to, m, history);
                history.Push(from, m);
                return next;
            });
        }
    }

    private AudioVideo MultiStep(int order, AudioVideo x, NoiseLevel from, NoiseLevel to, AudioVideo m, PredictionHistory history) =>
        order switch
        {
            1 => _formulas.First(x, from, to, m),
            2 => _formulas.MultiStepSecond(x, from, to, m, history),
            _ => _formulas.MultiStepThird(x, from, to, m, history),
        };

    private AudioVideo Evaluate(SamplingRun run, AudioVideo x, NoiseLevel level)
    {
        var prediction = run.Predict(x, level);
        return _options.Algorithm == DpmAlgorithm.DpmSolver ? prediction.Epsilon() : prediction.X0(_options.Bound);
    }

    /// <summary>Orders that add up to the network calls: as many of the highest as fit with a lower one at the end.</summary>
    internal static IReadOnlyList<int> SingleStepOrders(int networkCalls, int order) => (order, networkCalls % order) switch
    {
        (3, 0) => [.. Enumerable.Repeat(3, networkCalls / 3 - 1), 2, 1],
        (_, 0) => [.. Enumerable.Repeat(order, networkCalls / order)],
        (_, var rest) => [.. Enumerable.Repeat(order, networkCalls / order), rest],
    };

    /// <summary>Orders that rise as history allows and, where there are few steps, fall again at the end.</summary>
    internal static IReadOnlyList<int> MultiStepOrders(int steps, int order, bool lowerOrderFinal) =>
        [.. Enumerable.Range(0, steps).Select(i => Math.Min(Math.Min(order, i + 1), lowerOrderFinal && steps < 10 ? steps - i : order))];
}

/// <summary>Settings of <see cref="DpmSolver"/>. The defaults are the paper's fast setting.</summary>
public sealed record DpmSolverOptions
{
    /// <summary>DPM-Solver by default.</summary>
    public DpmAlgorithm Algorithm { get; init; }

    /// <summary>Single-step by default.</summary>
    public DpmMethod Method { get; init; }

    /// <summary>Highest order of a step, 1 to 3. 3 by default.</summary>
    public int Order { get; init; } = 3;

    /// <summary>Network calls, at least 1 and for the multi-step method at least the order. 20 by default.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Evenly in λ by default.</summary>
    public TimeSpacing Spacing { get; init; }

    /// <summary>How DPM-Solver++ bounds x_0: clipped by default. DPM-Solver forms x_0 in the final denoising only.</summary>
    public X0Bound Bound { get; init; }

    /// <summary>
    /// Whether the multi-step method with fewer than 10 steps ends with steps of falling order, which keeps few steps stable. True by
    /// default.
    /// </summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>Whether one more network call at the end removes the noise that is left at time 1/N. False by default.</summary>
    public bool DenoiseFinal { get; init; }

    /// <summary>Of the multi-step method, as <see cref="UniPcOptions.EndsClean"/>. False by default.</summary>
    public bool EndsClean { get; init; }

    /// <summary>
    /// Whether to repeat the published implementation to the letter, for comparisons only: the network is told whole timesteps, rounded
    /// down; orders never fall at the end; and DPM-Solver's first-order steps have α and σ mixed up for sound. False by default.
    /// </summary>
    public bool AsPublished { get; init; }

    /// <summary>Checks every setting and how they fit together.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Enum.IsDefined(Algorithm), $"algorithm is {(int)Algorithm}, expected dpm-solver or dpm-solver++");
        errors.Require(Enum.IsDefined(Method), $"method is {(int)Method}, expected single-step or multi-step");
        errors.Require(Enum.IsDefined(Spacing), $"spacing is {(int)Spacing}, expected log-SNR, uniform or quadratic");
        errors.Require(Enum.IsDefined(Bound), $"bound is {(int)Bound}, expected clip, none or dynamic");
        errors.Require(Order is >= 1 and <= 3, $"order is {Order}, expected 1, 2 or 3");
        errors.Require(Steps is >= 1 and <= 1000, $"steps is {Steps}, expected 1 to 1000");
        errors.Require(Method != DpmMethod.MultiStep || Steps >= Order,
            $"steps is {Steps}, expected at least the order {Order} for the multi-step method");
        errors.Require(!EndsClean || (Steps >= 2 && Method == DpmMethod.MultiStep && !DenoiseFinal && !AsPublished),
            "ends_clean needs the multi-step method, without denoise_final and as_published");
        errors.Require(Bound != X0Bound.Dynamic || Algorithm == DpmAlgorithm.DpmSolverPlusPlus,
            "dynamic thresholding needs dpm-solver++, since dpm-solver never forms x0");
        errors.ThrowIfAny("the DPM-Solver's configuration");
    }
}

/// <summary>Which prediction a solver integrates.</summary>
public enum DpmAlgorithm
{
    /// <summary>ε (DPM-Solver, Lu et al., 2022).</summary>
    DpmSolver,

    /// <summary>x_0 (DPM-Solver++, Lu et al., 2022b), which can be kept within the range of data.</summary>
    DpmSolverPlusPlus,
}

/// <summary>Where a solver of higher order gets its extra evaluations from.</summary>
public enum DpmMethod
{
    /// <summary>From points within the step; a step of order k takes k network calls.</summary>
    SingleStep,

    /// <summary>From earlier steps; every step takes one network call.</summary>
    MultiStep,
}

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
