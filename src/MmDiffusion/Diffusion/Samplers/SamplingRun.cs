using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

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
        _context.Observer?.Invoke(new(_done.Steps + 1, _total.Steps, _done.NetworkCalls, _total.NetworkCalls, () => prediction.X0(X0Bound.None)));
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
