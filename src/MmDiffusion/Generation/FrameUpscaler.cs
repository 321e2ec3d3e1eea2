using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Generation.Memory;
using MmDiffusion.Kernels;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Model;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Enlarges the frames of a clip.</summary>
public sealed class FrameUpscaler
{
    private readonly Upscaler _model;
    private readonly UpscalingOptions _options;
    private readonly ISampler _sampler;
    private readonly UpscalerMemory _memory;
    private readonly bool _trainedTiles;
    private (int FramesAtOnce, TileLayout Tiles)? _plan;

    /// <summary>Prepares the sampler.</summary>
    /// <param name="model">The upscaler.</param>
    /// <param name="options">How.</param>
    /// <exception cref="MmDiffusionException">A setting is out of range.</exception>
    public FrameUpscaler(Upscaler model, UpscalingOptions options) : this(model, options, 0)
    {
    }

    /// <param name="model">The upscaler.</param>
    /// <param name="options">How.</param>
    /// <param name="otherWeights">Bytes of weights that are loaded beside the upscaler's.</param>
    /// <param name="trainedTiles">
    /// Whether larger frames are computed in tiles of the size that the network was trained on, its norms and attention too, rather than
    /// whole.
    /// </param>
    internal FrameUpscaler(Upscaler model, UpscalingOptions options, long otherWeights, bool trainedTiles = false)
    {
        _trainedTiles = trainedTiles;
        options.Validate();
        _model = model;
        _options = options;
        _sampler = Samplers.Create(options.Sampler, new GaussianProcess(model.Directory.Description.Diffusion), options.Steps);
        _memory = new UpscalerMemory(model, options.Reuse > 1, otherWeights);
    }

    /// <summary>Network calls for each frame.</summary>
    public int CallsPerFrame => _sampler.NetworkCalls;

    /// <summary>Enlarges frames, all with the same noise.</summary>
    /// <param name="frames">[N,3,h,w] in [-1, 1].</param>
    /// <param name="seed">Decides the noise.</param>
    /// <param name="observer">Told, after each network call, how many frames it was for.</param>
    /// <param name="cancellation">Looked at before every network call.</param>
    /// <returns>[N,3,H,W] in [-1, 1] on the CPU.</returns>
    /// <exception cref="MmDiffusionException">The memory limit is too low, or the model computes NaN or infinities.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Tensor Upscale(Tensor frames, ulong seed, Action<long>? observer = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var use = _model.Use();
        var (atOnce, tiles) = Plan(frames.shape[2], frames.shape[3]);
        var parts = new List<Tensor>();
        for (var first = 0L; first < frames.shape[0]; first += atOnce)
        {
            var part = frames.narrow(0, first, Math.Min(atOnce, frames.shape[0] - first));
            parts.Add(UpscaleTogether(part, tiles, seed, observer, cancellation));
            // Freed blocks of many sizes would make the process grow from frame to frame.
            if (_model.IsLarge) TorchRuntime.TrimMemory();
        }
        return cat(parts, dim: 0).MoveToOuterDisposeScope();
    }

    /// <summary>What the manifest says of the upscaler.</summary>
    /// <param name="height">Of the small frames.</param>
    /// <param name="width">Of the small frames.</param>
    /// <exception cref="MmDiffusionException">The memory limit is too low.</exception>
    internal ClipManifest.ModelRecord Describe(long height, long width)
    {
        var tiles = Plan(height, width).Tiles;
        return ClipManifest.ModelRecord.Of(_model, _options.Sampler, CallsPerFrame, _options.Reuse) with
        {
            Tile = tiles.IsWhole ? null : $"{tiles.Tile.Height}x{tiles.Tile.Width}",
        };
    }

    /// <summary>Decides what is computed at once, for frames of one size always the same.</summary>
    /// <param name="height">Of the small frames.</param>
    /// <param name="width">Of the small frames.</param>
    /// <exception cref="MmDiffusionException">The memory limit is too low.</exception>
    internal (int FramesAtOnce, TileLayout Tiles) Plan(long height, long width)
    {
        var frame = (Enlarged(height), Enlarged(width));
        if (_plan is not { } plan || plan.Tiles.Frame != frame)
            _plan = plan = _memory.Plan(
                frame,
                _options.FramesAtOnce,
                _options.MemoryLimit,
                _trainedTiles ? _model.Configuration.LargeSize : null);
        return plan;
    }

    private Tensor UpscaleTogether(Tensor frames, TileLayout tiles, ulong seed, Action<long>? observer, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var random = new BatchRandom([Seeds.Derive(seed, "upscaler")], _options.Generator);
        using var reuse = new RunFeatures(_options.Reuse);
        var noise = new SharedNoise(random);
        var count = frames.shape[0];
        var xT = new AudioVideo(
            noise.Noise(new NoiseKey(0, IsAudio: false, Frames: 1), count, frames.shape[1], tiles.Frame.Height, tiles.Frame.Width)
                .to(_model.Device),
            null);
        var context = new SamplingContext { Random = noise, Observer = _ => observer?.Invoke(count), CancellationToken = cancellation };
        var small = frames.to(_model.Device);
        var sampled = _sampler.Sample(Denoiser(small, tiles, reuse), xT, context).Video;
        var enlarged = DetailScale.Of(_model.Directory.Description).FromNetwork(sampled, small);
        // Before the limits, which make infinities look like colours.
        if (!FiniteValues.AreIn(enlarged)) throw _model.NotFinite($"frames with seed {seed}");
        return enlarged.Clamped(-1, 1).cpu().MoveToOuterDisposeScope();
    }

    private IDenoiser Denoiser(Tensor small, TileLayout tiles, RunFeatures reuse)
    {
        if (tiles.IsWhole) return new UpscalingDenoiser(_model.Network, small, reuse.Next());
        // Enlarged as the network would, so that a tile's edge is told what lies beyond it.
        var enlarged = nn.functional.interpolate(
            small,
            size: [tiles.Frame.Height, tiles.Frame.Width],
            mode: InterpolationMode.Bilinear,
            align_corners: false);
        return new TiledDenoiser(
            tiles,
            [
                .. tiles.Places.Select(
                    place => new UpscalingDenoiser(_model.Network, tiles.Cut(enlarged, place).contiguous(), reuse.Next())),
            ]);
    }

    private int Enlarged(long extent) => (int)Math.Round(extent * _model.Factor);
}

/// <summary>How frames are enlarged.</summary>
public sealed record UpscalingOptions
{
    /// <summary>Name of the sampler. UniPC by default, as in <see cref="GenerationProfile.Fast"/>; the paper's is "ddim".</summary>
    public string Sampler { get; init; } = "unipc";

    /// <summary>Network calls for each frame. 5 by default, as in <see cref="GenerationProfile.Fast"/>; the paper's are 25.</summary>
    public int Steps { get; init; } = 5;

    /// <summary>
    /// Every how many network calls the deep features are computed, at least 1: see <see cref="DeepFeatures"/>. 1 by default, at every one.
    /// </summary>
    public int Reuse { get; init; } = 1;

    /// <summary>Frames enlarged together, at least 1. 1 by default, which needs the least memory.</summary>
    public int FramesAtOnce { get; init; } = 1;

    /// <summary>How noise is made of the seed. Philox by default; where frames are enlarged after they were made, as they were.</summary>
    public RandomGenerator Generator { get; init; } = RandomGenerator.Philox;

    /// <summary>
    /// Bytes that the process may hold, weights and program included: where it takes more, fewer frames are enlarged at once, or one frame
    /// in tiles, which changes the result a little. Null, the default, for what the machine has.
    /// </summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        errors.Require(Steps >= 1, $"upscaler steps is {Steps}, expected at least 1");
        errors.Require(Reuse is >= 1 and <= 1000, $"upscaler reuse is {Reuse}, expected 1 (never) to 1000");
        errors.Require(FramesAtOnce is >= 1 and <= 4096, $"frames at once is {FramesAtOnce}, expected 1 to 4096");
        errors.Require(MemoryLimit is null or > 0, $"the memory limit is {MemoryLimit} bytes, expected more than 0");
        errors.ThrowIfAny("the upscaling");
    }

    /// <summary>Checks every setting, also against what describes the upscaler: no weights are needed for that.</summary>
    /// <param name="upscaler">The upscaler.</param>
    /// <exception cref="MmDiffusionException">Names what is wrong.</exception>
    public void Validate(ModelDescription upscaler)
    {
        Validate();
        Samplers.Create(Sampler, new GaussianProcess(upscaler.Diffusion), Steps);
    }
}
