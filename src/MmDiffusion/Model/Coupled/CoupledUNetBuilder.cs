using System.Globalization;
using MmDiffusion.Kernels.Operations;
using MmDiffusion.Model.Layers;
using MmDiffusion.Primitives;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.Coupled;

/// <summary>
/// Lays out the blocks of a Coupled U-Net in the published order, with its counter of audio dilations: a block's dilation is
/// 2^(counter mod 10); the counter grows along the encoder and shrinks along the decoder.
/// </summary>
internal sealed class CoupledUNetBuilder
{
    private const int DilationPeriod = 10;

    private readonly CoupledUNetConfiguration _configuration;
    private readonly Device _device;
    private readonly List<int> _largestShifts = [];
    private int _dilationCounter = 1;
    private long _channels;

    internal CoupledUNetBuilder(CoupledUNetConfiguration configuration, Device device)
    {
        _configuration = configuration;
        _device = device;
        Dropout = new Dropout(configuration.Dropout);
        _channels = ChannelsAt(0);
        var skips = new Stack<long>();
        InputBlocks = [.. BuildEncoder(skips)];
        MiddleBlocks = BuildMiddle();
        OutputBlocks = [.. BuildDecoder(skips)];
    }

    /// <summary>Shared by all blocks.</summary>
    internal Dropout Dropout { get; }

    internal IReadOnlyList<CoupledStage> InputBlocks { get; }

    internal CoupledStage MiddleBlocks { get; }

    internal IReadOnlyList<CoupledStage> OutputBlocks { get; }

    /// <summary>The largest shift, F-w, of each block that can shift, in the order the blocks run.</summary>
    internal IReadOnlyList<int> LargestShifts => _largestShifts;

    private int Levels => _configuration.ChannelMultipliers.Count;

    private IEnumerable<CoupledStage> BuildEncoder(Stack<long> skips)
    {
        yield return Keep(new CoupledStage([new Stem(_channels, _device)]));
        for (var level = 0; level < Levels; level++)
        {
            for (var i = 0; i < _configuration.BlocksPerLevel; i++)
            {
                var residual = Residual(_channels, ChannelsAt(level), level);
                _dilationCounter++;
                yield return Keep(new CoupledStage([residual, .. CrossAt(level)]));
            }
            if (level == Levels - 1) continue;
            yield return Keep(new CoupledStage([Resampled(Resample.Down)]));
            _dilationCounter++;
        }

        CoupledStage Keep(CoupledStage stage)
        {
            skips.Push(_channels);
            return stage;
        }
    }

    private CoupledStage BuildMiddle()
    {
        var first = Middle();
        var second = Middle();
        // The published networks meet in the middle only with these windows; other windows leave it out, and its name to the next block.
        var meets = _configuration.CrossAttentionWindows is [1, 4, 8];
        return new CoupledStage(meets ? [first, Cross(_configuration.Frames, canShift: false), second] : [first, second]);

        CoupledResidualBlock Middle() => new(Options(_channels, _channels) with { VideoAttention = true, AudioAttention = true }, _device);
    }

    private IEnumerable<CoupledStage> BuildDecoder(Stack<long> skips)
    {
        _dilationCounter--;
        for (var level = Levels - 1; level >= 0; level--)
        {
            for (var i = 0; i <= _configuration.BlocksPerLevel; i++)
            {
                var residual = Residual(_channels + skips.Pop(), ChannelsAt(level), level);
                _dilationCounter--;
                List<ICoupledLayer> layers = [residual, .. CrossAt(level)];
                if (level > 0 && i == _configuration.BlocksPerLevel) layers.Add(Resampled(Resample.Up));
                yield return new CoupledStage(layers);
            }
        }
    }

    private CoupledResidualBlock Residual(long inChannels, long outChannels, int level)
    {
        _channels = outChannels;
        return new(
            Options(inChannels, outChannels) with { VideoAttention = _configuration.VideoAttentionScales.Contains(1 << level) },
            _device);
    }

    private CoupledResidualBlock Resampled(Resample resample) => new(Options(_channels, _channels) with { Resample = resample }, _device);

    private CoupledResidualBlockOptions Options(long inChannels, long outChannels) => new(inChannels, outChannels)
    {
        EmbeddingChannels = _configuration.BaseChannels,
        AudioDilation = 1 << Modulo(_dilationCounter, DilationPeriod),
        SelfAttentionHeads = _configuration.SelfAttentionHeads,
        Dropout = Dropout,
    };

    private IEnumerable<CrossAttention> CrossAt(int level)
    {
        var index = _configuration.CrossAttentionScales.ToList().IndexOf(1 << level);
        if (index >= 0) yield return Cross(_configuration.CrossAttentionWindows[index], _configuration.CrossAttentionShift);
    }

    private CrossAttention Cross(int window, bool canShift)
    {
        if (canShift) _largestShifts.Add(_configuration.Frames - window);
        return new(_channels, _configuration.CrossAttentionHeadChannels, window, canShift ? _largestShifts.Count - 1 : null, _device);
    }

    private long ChannelsAt(int level) => (long)_configuration.BaseChannels * _configuration.ChannelMultipliers[level];

    private static int Modulo(int value, int period) => (value % period + period) % period;
}

/// <summary>A layer on video features [B,F,H,W,C] and audio features [B,L,C] together.</summary>
internal interface ICoupledLayer
{
    /// <param name="x">Features of both modalities.</param>
    /// <param name="embedding">The timestep's embedding, [B,M]; [B,2,M] where video and audio have their own.</param>
    /// <param name="shifts">The window shifts of this forward pass.</param>
    /// <param name="owned">Whether nothing else uses x, which may then be overwritten where no gradient is kept.</param>
    AudioVideo Forward(AudioVideo x, Tensor embedding, WindowShifts shifts, bool owned);
}

/// <summary>Layers that run one after the other, named by their numbers.</summary>
internal sealed class CoupledStage : Module, ICoupledLayer
{
    private readonly IReadOnlyList<ICoupledLayer> _layers;

    internal CoupledStage(IReadOnlyList<ICoupledLayer> layers) : base(nameof(CoupledStage))
    {
        _layers = layers;
        for (var i = 0; i < layers.Count; i++) register_module(i.ToString(CultureInfo.InvariantCulture), (Module)layers[i]);
    }

    /// <summary>The layers in turn. Where x is owned it is disposed.</summary>
    public AudioVideo Forward(AudioVideo x, Tensor embedding, WindowShifts shifts, bool owned)
    {
        using var scope = NewDisposeScope();
        foreach (var layer in _layers)
        {
            var next = layer.Forward(x, embedding, shifts, owned);
            if (owned) x.Dispose();
            (x, owned) = (next, true);
        }
        return x.MoveToOuter(scope);
    }
}
