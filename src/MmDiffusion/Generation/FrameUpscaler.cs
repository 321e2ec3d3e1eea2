using MmDiffusion.Diffusion;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Enlarges the frames of a clip.</summary>
public sealed class FrameUpscaler
{
    private readonly Upscaler _model;
    private readonly UpscalingOptions _options;
    private readonly ISampler _sampler;

    /// <summary>Prepares the sampler.</summary>
    /// <param name="model">The upscaler.</param>
    /// <param name="options">How.</param>
    /// <exception cref="MmDiffusionException">A setting is out of range.</exception>
    public FrameUpscaler(Upscaler model, UpscalingOptions options)
    {
        options.Validate();
        _model = model;
        _options = options;
        _sampler = Samplers.Create(options.Sampler, new GaussianProcess(model.Directory.Description.Diffusion), options.Steps);
    }

    /// <summary>Network calls for each frame.</summary>
    public int CallsPerFrame => _sampler.NetworkCalls;

    /// <summary>Enlarges frames, all with the same noise.</summary>
    /// <param name="frames">[N,3,h,w] in [-1, 1].</param>
    /// <param name="seed">Decides the noise.</param>
    /// <param name="observer">Told, after each network call, how many frames it was for.</param>
    /// <param name="cancellation">Looked at before every network call.</param>
    /// <returns>[N,3,H,W] in [-1, 1] on the CPU.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Tensor Upscale(Tensor frames, ulong seed, Action<long>? observer = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (var first = 0L; first < frames.shape[0]; first += _options.FramesAtOnce)
        {
            var part = frames.narrow(0, first, Math.Min(_options.FramesAtOnce, frames.shape[0] - first));
            parts.Add(UpscaleTogether(part, seed, observer, cancellation));
        }
        return cat(parts, dim: 0).MoveToOuterDisposeScope();
    }

    private Tensor UpscaleTogether(Tensor frames, ulong seed, Action<long>? observer, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(Seeds.Derive(seed, "upscaler"));
        var noise = new SharedNoise(random);
        var (count, height, width) = (frames.shape[0], Enlarged(frames.shape[2]), Enlarged(frames.shape[3]));
        var xT = new AudioVideo(noise.Normal(count, frames.shape[1], height, width).to(_model.Device), null);
        var context = new SamplingContext { Random = noise, Observer = _ => observer?.Invoke(count), CancellationToken = cancellation };
        var small = frames.to(_model.Device);
        var sampled = _sampler.Sample(new UpscalingDenoiser(_model.Network, small), xT, context).Video;
        return DetailScale.Of(_model.Directory.Description).FromNetwork(sampled, small).clamp(-1, 1).cpu().MoveToOuterDisposeScope();
    }

    private long Enlarged(long extent) => (long)Math.Round(extent * _model.Factor);
}
