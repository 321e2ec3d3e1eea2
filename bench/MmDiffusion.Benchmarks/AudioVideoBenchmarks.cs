using BenchmarkDotNet.Attributes;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks;

/// <summary>What it costs to write a formula once over the pair instead of once for each modality.</summary>
[MemoryDiagnoser]
public class AudioVideoBenchmarks : IDisposable
{
    private AudioVideo _pair = null!;

    /// <summary>Clips in the batch; at the base size, a clip is 16 frames of 64×64 with 25,600 samples.</summary>
    [Params(1, 8)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void MakePair()
    {
        using var random = new SeededRandom(0);
        _pair = new AudioVideo(random.Normal(Batch, 16, 3, 64, 64), random.Normal(Batch, 1, 25_600));
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _pair.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public void TensorByTensor()
    {
        using var scope = NewDisposeScope();
        _ = _pair.Video * 0.5f;
        _ = _pair.Audio * 0.5f;
    }

    [Benchmark]
    public void Map()
    {
        using var scope = NewDisposeScope();
        _pair.Map(x => x * 0.5f);
    }
}
