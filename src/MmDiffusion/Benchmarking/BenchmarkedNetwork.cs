using MmDiffusion.Generation;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using TorchSharp;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarking;

/// <summary>A network with inputs made for it: what it computes means nothing, but takes as long as what does.</summary>
internal sealed class BenchmarkedNetwork : IDisposable
{
    private const float Timestep = 500;

    private readonly nn.Module _network;
    private readonly Device _device;
    private readonly Func<int, DeepFeatures?, Tensor> _forward;

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

    /// <summary>Runs the network once, and counts the operations of its layers.</summary>
    internal long CountOperations(int batch, DeepFeatures? reuse = null)
    {
        using var counter = new OperationCounter();
        Forward(batch, reuse);
        return counter.Total;
    }

    /// <summary>Runs the network once for a batch.</summary>
    internal void Forward(int batch, DeepFeatures? reuse = null)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        _forward(batch, reuse);
        if (_device.type == DeviceType.CUDA) cuda.synchronize(_device);
    }

    public void Dispose() => _network.Dispose();

    private static Tensor Forward(CoupledUNet network, int batch, Device device, DeepFeatures? reuse)
    {
        using var random = new SeededRandom(0);
        var c = network.Configuration;
        var x = new AudioVideo(
            random.Normal(batch, c.Frames, CoupledUNet.VideoChannels, c.Height, c.Width).to(device), random.Normal(batch, CoupledUNet.AudioChannels, c.AudioLength).to(device));
        return network.forward(x, full([batch], Timestep, device: device), network.DrawShifts(random, batch), reuse).Video;
    }

    private static Tensor Forward(SuperResolutionUNet network, int batch, Device device, DeepFeatures? reuse)
    {
        using var random = new SeededRandom(0);
        var (large, small) = (network.Configuration.LargeSize, network.Configuration.SmallSize);
        return network.forward(
            random.Normal(batch, SuperResolutionUNet.Channels, large, large).to(device), full([batch], Timestep, device: device),
            random.Normal(batch, SuperResolutionUNet.Channels, small, small).to(device), reuse);
    }
}
