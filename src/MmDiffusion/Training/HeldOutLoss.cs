using MmDiffusion.Checkpoints;
using MmDiffusion.Data;
using MmDiffusion.Generation;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// The loss of a model by timestep, always with the same noise for the same clip, so that two models, or clips seen and clips not seen
/// in training, compare.
/// </summary>
public sealed class HeldOutLoss : IDisposable
{
    /// <summary>Ranges of timesteps, of equal length, that are reported each for itself.</summary>
    public const int Ranges = 4;

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
        using (var weights = WeightFile.Open(model.Weights ?? throw new MmDiffusionException($"'{model.Path}' has no {ModelDirectory.WeightsFile}, so there is no loss to measure")))
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
        var sums = new double[Ranges];
        clips = Math.Min(clips, source.Count);
        for (var i = 0; i < clips; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Measure(source, (int)((long)i * source.Count / clips), (i + 0.5) / clips, sums);
        }
        return [.. sums.Select(sum => sum / clips)];
    }

    /// <inheritdoc/>
    public void Dispose() => _task.Dispose();

    private void Measure(IClipSource source, int index, double place, double[] sums)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var clip = ClipTensors.Read(source, index).Map(part => part.unsqueeze(0).to(_device)); // [F,3,H,W] → [1,F,3,H,W], [1,L] → [1,1,L]
        var steps = _task.Process.Schedule.OriginalSteps;
        for (var range = 0; range < Ranges; range++)
        {
            using var random = new BatchRandom([Seeds.Derive(Seed, $"clip {index} range {range}")]);
            var timestep = (long)((range + place) * steps / Ranges);
            sums[range] += _task.Loss(clip, tensor([timestep], device: _device), random).Loss.item<float>();
        }
    }
}
