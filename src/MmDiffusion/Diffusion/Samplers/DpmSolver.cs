using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

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
        _levels = TimeGrid.Levels(new(process.Schedule), options.Spacing, options.Steps);
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
                var m = Evaluate(run, x, from);
                var next = MultiStep(order, x, from, to, m, history);
                history.Push(from, m);
                return next;
            });
        }
    }

    private AudioVideo MultiStep(int order, AudioVideo x, NoiseLevel from, NoiseLevel to, AudioVideo m, PredictionHistory history) => order switch
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
