using System.Diagnostics;
using MmDiffusion.Data;
using MmDiffusion.Generation;
using MmDiffusion.Primitives;
using MmDiffusion.Training;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarking;

/// <summary>The training of a network on noise.</summary>
internal sealed class BenchmarkedTraining : IDisposable
{
    private readonly TrainingTask _task;
    private readonly Trainer _trainer;

    // Made once: to read clips is the loader's work, beside the steps.
    private readonly AudioVideo _clips;

    private double _updating;
    private double _total;

    internal BenchmarkedTraining(ModelDescription description, BenchmarkOptions options)
    {
        var configuration = new TrainingConfiguration
        {
            Model = description,
            BatchSize = options.Batch,
            MicroBatch = options.Batch,
            ActivationCheckpointing = options.ActivationCheckpointing,
            Precision = options.Type == ScalarType.BFloat16 ? Precision.BFloat16 : Precision.Float32,
        };
        using var random = new SeededRandom(0);
        _task = TrainingTask.Create(configuration);
        _task.Initialize(random);
        _trainer = new Trainer(_task, configuration, seed: 0, options.Device);
        _clips = Clips(options.Batch, _task.Shape, random);
    }

    /// <summary>The part of the steps so far, but for <see cref="WarmUp"/>, that the optimiser and the moving average took.</summary>
    internal double UpdateShare => _updating / _total;

    /// <summary>Makes the first step, in which the optimiser finds its memory.</summary>
    internal void WarmUp() => _trainer.MakeStep(NextClips);

    /// <summary>Makes a step.</summary>
    internal void Step()
    {
        var began = Stopwatch.GetTimestamp();
        _trainer.MakeStep(NextClips);
        _total += Stopwatch.GetElapsedTime(began).TotalSeconds;
        _updating += _trainer.UpdateSeconds;
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _task.Dispose();
        _clips.Dispose();
    }

    private ClipBatch NextClips() => _clips.Map(part => part.clone());

    private static AudioVideo Clips(int batch, ClipShape shape, SeededRandom random) =>
        new AudioVideo(random.Normal(batch, shape.Frames, 3, shape.Height, shape.Width).tanh_(), random.Normal(batch, 1, shape.AudioLength).tanh_()).DetachFromScope();
}
