using MmDiffusion.Diffusion.Guidance;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Sampling;

/// <summary>
/// One run of a sampler: what all of them do alike around their formulas. Calls the network, counts and reports, keeps one dispose
/// scope per step, and carries the conditioning. Belongs to the dispose scope it was made in.
/// </summary>
internal sealed class SamplingRun
{
    private readonly GaussianProcess _process;
    private readonly IDenoiser _denoiser;
    private readonly SamplingContext _context;
    private readonly RunConditioning? _conditioning;
    private readonly (int Steps, int NetworkCalls) _total;
    private (int Steps, int NetworkCalls) _done;
    private AudioVideo _xt;

    internal SamplingRun(GaussianProcess process, IDenoiser denoiser, AudioVideo xT, SamplingContext context, int steps, int networkCalls)
    {
        _process = process;
        _denoiser = denoiser;
        _context = context;
        _conditioning = context.Conditioning?.Begin(xT);
        _total = (steps, networkCalls);
        _xt = xT.Map(x => x.alias());
    }

    /// <summary>Takes one step, in a dispose scope of its own.</summary>
    /// <param name="from">Noise level of the current state.</param>
    /// <param name="to">Noise level after the step.</param>
    /// <param name="step">x_t → the state at <paramref name="to"/>.</param>
    internal void Advance(NoiseLevel from, NoiseLevel to, Func<AudioVideo, AudioVideo> step)
    {
        using var scope = NewDisposeScope();
        var last = _done.Steps + 1 == _total.Steps;
        AudioVideo next;
        if (_conditioning is { Guides: true } guiding && !last)
        {
            next = guiding.Guide(_xt, from, to, step);
        }
        else
        {
            using var _ = no_grad();
            next = step(Condition(_xt, from));
        }
        var previous = _xt;
        _xt = next.MoveToOuter(scope);
        previous.Dispose();
        _done.Steps++;
    }

    /// <summary>Calls the network, within a step.</summary>
    /// <param name="xt">A state.</param>
    /// <param name="level">Its noise level.</param>
    internal Prediction Predict(AudioVideo xt, NoiseLevel level)
    {
        _context.CancellationToken.ThrowIfCancellationRequested();
        var seen = Condition(xt, level);
        var time = _conditioning?.Time(seen, level)
            ?? TensorArithmetic.Full([seen.BatchSize], level.TimeInput, float32, seen.Device);
        var output = NetworkOutput.Split(_denoiser.Predict(seen, time), seen, _process.Configuration.LearnsVariance());
        var prediction = new Prediction(_process.Configuration.Prediction, seen, output, level);
        _done.NetworkCalls++;
        _context.Observer?.Invoke(new(_done.Steps + 1, _total.Steps, _done.NetworkCalls, _total.NetworkCalls, () =>
            prediction.X0(X0Bound.None)));
        return prediction;
    }

    /// <summary>Sets what is given to what the network is to see of it.</summary>
    internal AudioVideo Condition(AudioVideo xt, NoiseLevel level) => _conditioning?.Replace(xt, level) ?? xt;

    /// <summary>The noise of the current step, video first.</summary>
    internal AudioVideo Noise(AudioVideo like) => _context.Random.Noise(like, _done.Steps + 1);

    /// <summary>Keeps a state beyond the current step, as a constant; to be disposed when no longer needed.</summary>
    internal static AudioVideo Keep(AudioVideo state) => state.Map(x => x.detach().MoveToOuterDisposeScope());

    /// <summary>The result, with what is given put back as it is.</summary>
    internal AudioVideo Finish() => _conditioning?.Restore(_xt) ?? _xt;
}

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
    internal AudioVideo X0(X0Bound bound) =>
        xt.Zip(output.Prediction, (x, y) => bound.Apply(Parameterization.X0(kind, x, y, _signal, _noise)));

    /// <summary>The estimate of ε.</summary>
    internal AudioVideo Epsilon() => xt.Zip(output.Prediction, (x, y) => Parameterization.Epsilon(kind, x, y, _signal, _noise));

    /// <summary>The ε that belongs to an estimate of x_0, such as a clipped one.</summary>
    internal AudioVideo EpsilonOf(AudioVideo x0) => xt.Zip(x0, (x, clean) => Parameterization.EpsilonFromX0(x, clean, _signal, _noise));
}

/// <summary>The latest predictions of a multistep solver, newest last, held as constants from step to step.</summary>
/// <param name="capacity">How many are kept; 0 keeps none.</param>
internal sealed class PredictionHistory(int capacity)
{
    private readonly List<(NoiseLevel Level, AudioVideo Value)> _entries = [];

    internal int Count => _entries.Count;

    /// <summary>An earlier prediction.</summary>
    /// <param name="stepsBack">1 for the newest.</param>
    internal (NoiseLevel Level, AudioVideo Value) Back(int stepsBack) => _entries[^stepsBack];

    /// <summary>Adds a prediction made in the current step and forgets the oldest.</summary>
    internal void Push(NoiseLevel level, AudioVideo value)
    {
        _entries.Add((level, SamplingRun.Keep(value)));
        if (_entries.Count <= capacity) return;
        _entries[0].Value.Dispose();
        _entries.RemoveAt(0);
    }
}

/// <summary>Sums of states, the shape of every solver's update.</summary>
internal static class LinearCombination
{
    /// <summary>Σ factor · state.</summary>
    internal static AudioVideo Sum(params ReadOnlySpan<(double Factor, AudioVideo State)> terms)
    {
        var (first, state) = terms[0];
        var sum = state.Map(x => x.Times(first));
        foreach (var (factor, term) in terms[1..]) sum = sum.Zip(term, (total, x) => total.Plus(x, factor));
        return sum;
    }

    /// <summary>left − right.</summary>
    internal static AudioVideo Minus(this AudioVideo left, AudioVideo right) => left.Zip(right, (x, y) => x - y);
}
