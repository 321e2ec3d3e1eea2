using BenchmarkDotNet.Attributes;
using MmDiffusion.Generation;
using MmDiffusion.Model.Layers;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks.Layers;

/// <summary>
/// A layer at one of the paper's sizes, by plain operations in the published code's layout, channels first, and as the networks have it.
/// </summary>
public abstract class LayerBenchmark
{
    private IDisposable _noGradient = null!;

    /// <summary>What it computes in.</summary>
    [Params("fp32", "bf16")]
    public string Precision { get; set; } = "fp32";

    private protected ScalarType Type => Precision == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32;

    [GlobalSetup]
    public void Prepare()
    {
        PrecisionChoice.FitMemory(Type);
        _noGradient = no_grad();
        using var random = new SeededRandom(1);
        Make(random);
    }

    [GlobalCleanup]
    public void Finish() => _noGradient.Dispose();

    [Benchmark(Baseline = true)]
    public void Published()
    {
        using var scope = NewDisposeScope();
        RunPublished();
    }

    [Benchmark]
    public void Ours()
    {
        using var scope = NewDisposeScope();
        RunOurs();
    }

    /// <summary>Draws inputs and weights.</summary>
    private protected abstract void Make(SeededRandom random);

    private protected abstract void RunPublished();

    private protected abstract void RunOurs();

    private protected Tensor Draw(SeededRandom random, params long[] shape) => random.Normal(shape).mul_(0.1).to_type(Type);

    /// <summary>A layer with the weights that training starts with.</summary>
    private protected T Initialized<T>(T layer, SeededRandom random) where T : nn.Module
    {
        Initialization.Initialize(layer, random);
        ComputePrecision.Convert([layer], Type);
        layer.eval();
        return layer;
    }
}
