using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Losses;

/// <summary>Chooses the timesteps to train on.</summary>
public interface ITimestepSampler
{
    /// <summary>Draws one timestep for each sample of a batch.</summary>
    /// <param name="batch">Number of samples, B.</param>
    /// <param name="random">Source of the draw.</param>
    TimestepDraw Draw(long batch, IRandomSource random);

    /// <summary>Learns from the losses of a batch.</summary>
    /// <param name="timesteps">int64 [B], of every process that trains together.</param>
    /// <param name="losses">[B], before weighting.</param>
    void Observe(Tensor timesteps, Tensor losses);
}

/// <summary>Timesteps to train a batch on.</summary>
/// <param name="Timesteps">int64 [B].</param>
/// <param name="Weights">float32 [B]: factors of the samples' losses that keep the expected loss what uniform timesteps would give.</param>
public sealed record TimestepDraw(Tensor Timesteps, Tensor Weights);

/// <summary>Every timestep equally often.</summary>
/// <param name="steps">Steps of the schedule.</param>
public sealed class UniformTimesteps(int steps) : ITimestepSampler
{
    /// <inheritdoc/>
    public TimestepDraw Draw(long batch, IRandomSource random) => new(random.Integers(steps, batch), ones(batch, float32));

    /// <inheritdoc/>
    public void Observe(Tensor timesteps, Tensor losses)
    {
    }
}

/// <summary>
/// Timesteps as often as their loss is large: in proportion to the root mean square of their last losses (Nichol and Dhariwal, 2021),
/// with a small uniform share. Uniform until every timestep has a full history.
/// </summary>
/// <param name="steps">Steps of the schedule.</param>
/// <param name="historyPerStep">Losses kept of each timestep.</param>
/// <param name="uniformShare">Share of draws that are uniform, in [0, 1].</param>
public sealed class LossAwareTimesteps(int steps, int historyPerStep = 10, double uniformShare = 0.001) : ITimestepSampler
{
    private readonly Queue<double>[] _losses = [.. Enumerable.Range(0, steps).Select(_ => new Queue<double>(historyPerStep + 1))];

    /// <summary>Whether every timestep has a full history.</summary>
    public bool WarmedUp => _losses.All(history => history.Count == historyPerStep);

    /// <summary>The losses kept of each timestep, oldest first, to be stored with a training state.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Save() => [.. _losses.Select(history => (IReadOnlyList<double>)[.. history])];

    /// <summary>Goes on from what <see cref="Save"/> gave.</summary>
    /// <exception cref="ArgumentException">It belongs to another number of timesteps or a longer history.</exception>
    public void Restore(IReadOnlyList<IReadOnlyList<double>> losses)
    {
        if (losses.Count != steps || losses.Any(history => history.Count > historyPerStep))
            throw new ArgumentException(
                $"the histories are not of {steps} timesteps with at most {historyPerStep} losses each",
                nameof(losses));
        foreach (var (kept, saved) in _losses.Zip(losses))
        {
            kept.Clear();
            foreach (var loss in saved) kept.Enqueue(loss);
        }
    }

    /// <summary>How likely each timestep is.</summary>
    public IReadOnlyList<double> Probabilities()
    {
        if (!WarmedUp) return [.. Enumerable.Repeat(1.0 / steps, steps)];
        var rms = _losses.Select(history => Math.Sqrt(history.Average(loss => loss * loss))).ToArray();
        var total = rms.Sum();
        return [
            .. rms.Select(value => (total > 0 ? (1 - uniformShare) * value / total : (1 - uniformShare) / steps) + uniformShare / steps),
        ];
    }

    /// <inheritdoc/>
    public TimestepDraw Draw(long batch, IRandomSource random)
    {
        using var scope = NewDisposeScope();
        var probabilities = tensor(Probabilities().ToArray(), float64);
        var cumulative = probabilities.cumsum(0);
        var timesteps = searchsorted(cumulative, random.Uniform(batch).to(float64), right: true).Clamped(max: steps - 1);
        var weights = probabilities.index_select(0, timesteps).Times(steps).reciprocal().to(float32);
        return new(scope.MoveToOuter(timesteps), scope.MoveToOuter(weights));
    }

    /// <inheritdoc/>
    public void Observe(Tensor timesteps, Tensor losses)
    {
        using var scope = NewDisposeScope();
        var values = losses.detach().to(float64).cpu().data<double>().ToArray();
        foreach (var (t, loss) in timesteps.cpu().data<long>().ToArray().Zip(values))
        {
            _losses[t].Enqueue(loss);
            if (_losses[t].Count > historyPerStep) _losses[t].Dequeue();
        }
    }
}
