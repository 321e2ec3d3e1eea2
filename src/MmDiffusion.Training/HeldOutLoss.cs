using MmDiffusion.Checkpoints;
using MmDiffusion.Data;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// The loss of a model by timestep, always with the same noise, so that two models, or clips seen and clips not seen in training, compare.
/// </summary>
public sealed class HeldOutLoss : IDisposable
{
    /// <summary>Ranges of timesteps, of equal length, that are reported each for itself.</summary>
    public const int Ranges = 4;

    // Its noise stays that of the first version, so that losses of then and now compare.
    private const ulong Seed = 0x4c05e5;

    private readonly TrainingTask _task;
    private readonly Device _device;

    /// <summary>Loads a model.</summary>
    /// <param name="model">Its folder.</param>
    /// <param name="device">Where to compute; null for the CPU.</param>
    /// <exception cref="MmDiffusionException">It has no weights, or they cannot be read.</exception>
    public HeldOutLoss(ModelDirectory model, Device? device = null)
    {
        _device = device ?? CPU;
        _task = TrainingTask.Create(new TrainingConfiguration { Model = model.Description });
        using (var weights = WeightFile.Open(
            model.Weights
                ?? throw new MmDiffusionException($"'{model.Path}' has no {ModelDirectory.WeightsFile}, so there is no loss to measure")))
            StateDict.LoadInto(_task.Network, weights);
        _task.Network.to(_device);
        _task.Network.eval();
    }

    /// <summary>Measures.</summary>
    /// <param name="source">Clips of the model's shape.</param>
    /// <param name="clips">How many of them, evenly spread.</param>
    /// <param name="cancellation">Looked at before every clip.</param>
    /// <returns>Mean loss of each range of timesteps, small timesteps first.</returns>
    public IReadOnlyList<double> Measure(IClipSource source, int clips, CancellationToken cancellation = default)
    {
        var each = MeasureEach(source, clips, cancellation: cancellation);
        return [.. Enumerable.Range(0, Ranges).Select(range => each.Average(losses => losses[range]))];
    }

    /// <summary>Measures clip by clip: the n-th clip of any source meets the same noise.</summary>
    /// <param name="source">Clips of the model's shape.</param>
    /// <param name="clips">How many of them, evenly spread.</param>
    /// <param name="onClip">Called after each.</param>
    /// <param name="cancellation">Looked at before every clip.</param>
    /// <returns>For each clip, the loss of each range of timesteps, small timesteps first.</returns>
    public IReadOnlyList<IReadOnlyList<double>> MeasureEach(
        IClipSource source,
        int clips,
        Action? onClip = null,
        CancellationToken cancellation = default)
    {
        clips = Math.Min(clips, source.Count);
        var losses = new List<IReadOnlyList<double>>(clips);
        for (var i = 0; i < clips; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            losses.Add(Measure(source, (int)((long)i * source.Count / clips), i, clips));
            onClip?.Invoke();
        }
        return losses;
    }

    /// <inheritdoc/>
    public void Dispose() => _task.Dispose();

    private double[] Measure(IClipSource source, int index, int position, int clips)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        // [F,3,H,W] → [1,F,3,H,W], [1,L] → [1,1,L]
        var clip = ClipSources.Read(source, index).Map(part => part.unsqueeze(0).to(_device));
        var (steps, losses) = (_task.Process.Schedule.OriginalSteps, new double[Ranges]);
        for (var range = 0; range < Ranges; range++)
        {
            using var random = new BatchRandom([Seeds.Derive(Seed, $"clip {position} range {range}")], RandomGenerator.MersenneTwister);
            var timestep = (long)((range + (position + 0.5) / clips) * steps / Ranges);
            losses[range] =
                _task.Loss(new ClipBatch(clip, [source.LabelOf(index)]), tensor([timestep], device: _device), random).Loss.item<float>();
        }
        return losses;
    }
}
