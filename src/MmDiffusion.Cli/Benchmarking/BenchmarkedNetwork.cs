using System.Diagnostics;
using MmDiffusion.Data;
using MmDiffusion.Generation;
using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Model;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;
using MmDiffusion.Primitives;
using MmDiffusion.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Cli.Benchmarking;

/// <summary>A network with inputs made for it: what it computes means nothing, but takes as long as what does.</summary>
internal sealed class BenchmarkedNetwork : IDisposable
{
    private const float Timestep = 500;

    private readonly nn.Module _network;
    private readonly Device _device;
    private readonly Func<int, DeepFeatures?, IReadOnlyList<Tensor>> _forward;

    private TimeSpan _crossAttention;
    private TimeSpan _total;

    internal BenchmarkedNetwork(ModelDescription description, Device device, ScalarType type)
    {
        _device = device;
        using var random = new SeededRandom(0);
        if (description.Kind == ModelKind.Joint)
        {
            var coupled = new CoupledUNet(description.Coupled!) { ComputeType = type };
            coupled.Initialize(random);
            (_network, _forward) = (coupled, (batch, reuse) => Forward(coupled, batch, device, reuse));
        }
        else
        {
            var superResolution = new SuperResolutionUNet(description.SuperResolution!) { ComputeType = type };
            superResolution.Initialize(random);
            (_network, _forward) = (superResolution, (batch, reuse) => Forward(superResolution, batch, device, reuse));
        }
        _network.to(device);
        _network.eval();
    }

    /// <summary>The part of the forward passes so far that cross-modal attention took; null where there is none.</summary>
    internal double? CrossAttentionShare => _crossAttention > TimeSpan.Zero ? _crossAttention / _total : null;

    /// <summary>Runs the network once, and counts the operations of its layers.</summary>
    internal long CountOperations(int batch, DeepFeatures? reuse = null)
    {
        using var counter = new OperationCounter();
        Run(batch, reuse);
        return counter.Total;
    }

    /// <summary>Runs the network once for a batch.</summary>
    internal void Forward(int batch, DeepFeatures? reuse = null)
    {
        using var clock = new LayerClock();
        var began = Stopwatch.GetTimestamp();
        Run(batch, reuse);
        _total += Stopwatch.GetElapsedTime(began);
        _crossAttention += clock.Total;
    }

    /// <summary>What the network gives for one clip or frame, as one row of float32.</summary>
    internal Tensor Predict()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return cat([.. _forward(1, null).Select(part => part.flatten())]).MoveToOuterDisposeScope();
    }

    /// <summary>Fills the layers that training starts with zeros, so that every branch counts.</summary>
    internal void FillBranches()
    {
        using var noGradient = no_grad();
        using var random = new SeededRandom(1);
        foreach (var (_, parameter) in _network.named_parameters())
        {
            using var scope = NewDisposeScope();
            if (parameter.dim() < 2 || parameter.count_nonzero().item<long>() > 0) continue;
            parameter.copy_(random.Uniform(parameter.shape).SubtractInPlace(0.5).MultiplyInPlace(2 / Math.Sqrt(parameter[0].numel())));
        }
    }

    public void Dispose() => _network.Dispose();

    private void Run(int batch, DeepFeatures? reuse)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        _forward(batch, reuse);
        if (_device.type == DeviceType.CUDA) cuda.synchronize(_device);
    }

    private static IReadOnlyList<Tensor> Forward(CoupledUNet network, int batch, Device device, DeepFeatures? reuse)
    {
        using var random = new SeededRandom(0);
        var c = network.Configuration;
        var x = new AudioVideo(
            random.Normal(batch, c.Frames, CoupledUNet.VideoChannels, c.Height, c.Width).to(device),
            random.Normal(batch, CoupledUNet.AudioChannels, c.AudioLength).to(device));
        return [.. network.forward(x, Timesteps(batch, device), network.DrawShifts(random, batch), reuse).Parts];
    }

    private static IReadOnlyList<Tensor> Forward(SuperResolutionUNet network, int batch, Device device, DeepFeatures? reuse)
    {
        using var random = new SeededRandom(0);
        var (large, small) = (network.Configuration.LargeSize, network.Configuration.SmallSize);
        return [network.forward(
            random.Normal(batch, SuperResolutionUNet.Channels, large, large).to(device), Timesteps(batch, device),
            random.Normal(batch, SuperResolutionUNet.Channels, small, small).to(device), reuse)];
    }

    private static Tensor Timesteps(int batch, Device device) => TensorArithmetic.Full([batch], Timestep, device: device);
}

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
        new AudioVideo(
            random.Normal(batch, shape.Frames, 3, shape.Height, shape.Width).tanh_(),
            random.Normal(batch, 1, shape.AudioLength).tanh_()).DetachFromScope();
}
