using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Model;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks.Sampling;

/// <summary>
/// Samples the embedded model from always the same noise, in float32, and says how far a result is from that of many calls.
/// </summary>
internal sealed class SamplingProbe : IDisposable
{
    private const int Calls = 200;

    private readonly JointModel _model;
    private readonly ulong[] _seeds;
    private readonly AudioVideo _noise;
    private readonly AudioVideo _target;

    internal SamplingProbe(int clips)
    {
        TorchRuntime.EnsureLoaded();
        _model = JointModel.Load(ModelDirectory.Open(null), new ModelOptions { Precision = Precision.Float32 });
        _seeds = [.. Enumerable.Range(0, clips).Select(i => (ulong)i)];
        using var random = new BatchRandom(_seeds.Select(seed => Seeds.Derive(seed, "sampler")));
        var c = Description.Coupled!;
        _noise = new AudioVideo(
            random.Normal(clips, c.Frames, CoupledUNet.VideoChannels, c.Height, c.Width),
            random.Normal(clips, CoupledUNet.AudioChannels, c.AudioLength));
        _target = Sample(new UniPcSampler(Process, new UniPcOptions { Steps = Calls }), null);
    }

    internal ModelDescription Description => _model.Directory.Description;

    internal GaussianProcess Process => new(Description.Diffusion);

    /// <summary>
    /// The root mean squared difference from 200 calls of UniPC, relative to the root mean square of their result, of video and sound as
    /// the network meets them.
    /// </summary>
    internal (double Video, double Audio) Distance(ISampler sampler, DeepFeatures? reuse = null)
    {
        using var scope = NewDisposeScope();
        var found = Sample(sampler, reuse);
        return (Relative(found.Video, _target.Video), Relative(found.Audio, _target.Audio));
    }

    public void Dispose()
    {
        _noise.Dispose();
        _target.Dispose();
        _model.Dispose();
    }

    private AudioVideo Sample(ISampler sampler, DeepFeatures? reuse)
    {
        using var windows = new BatchRandom(_seeds.Select(seed => Seeds.Derive(seed, "windows")));
        return sampler.Sample(_model.Denoiser(windows, reuse), _noise, new SamplingContext { Random = windows });
    }

    private static double Relative(Tensor found, Tensor target) =>
        Math.Sqrt(((found - target).square().mean() / target.square().mean()).item<float>());
}
