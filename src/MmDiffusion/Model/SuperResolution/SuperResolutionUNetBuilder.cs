using MmDiffusion.Kernels.Operations;
using MmDiffusion.Model.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Model.SuperResolution;

/// <summary>Lays out the blocks of a super-resolution U-Net in the published order.</summary>
internal sealed class SuperResolutionUNetBuilder
{
    private readonly SuperResolutionConfiguration _configuration;
    private readonly Device _device;
    private readonly long _embeddingChannels;
    private long _channels;

    internal SuperResolutionUNetBuilder(SuperResolutionConfiguration configuration, long embeddingChannels, Device device)
    {
        _configuration = configuration;
        _device = device;
        _embeddingChannels = embeddingChannels;
        Dropout = new Dropout(configuration.Dropout);
        _channels = ChannelsAt(0);
        var skips = new Stack<long>();
        InputBlocks = [.. BuildEncoder(skips)];
        MiddleBlock = new ImageStage([Residual(_channels), Attend(), Residual(_channels)]);
        OutputBlocks = [.. BuildDecoder(skips)];
    }

    /// <summary>Shared by all blocks.</summary>
    internal Dropout Dropout { get; }

    internal IReadOnlyList<ImageStage> InputBlocks { get; }

    internal ImageStage MiddleBlock { get; }

    internal IReadOnlyList<ImageStage> OutputBlocks { get; }

    private int Levels => _configuration.ChannelMultipliers.Count;

    private IEnumerable<ImageStage> BuildEncoder(Stack<long> skips)
    {
        yield return Keep(new ImageStage([new ImageConv(2 * SuperResolutionUNet.Channels, _channels, 3, _device)]));
        for (var level = 0; level < Levels; level++)
        {
            for (var i = 0; i < _configuration.BlocksPerLevel; i++)
                yield return Keep(new ImageStage([Residual(ChannelsAt(level)), .. AttentionAt(level)]));
            if (level < Levels - 1) yield return Keep(new ImageStage([Residual(_channels, resample: Resample.Down)]));
        }

        ImageStage Keep(ImageStage stage)
        {
            skips.Push(_channels);
            return stage;
        }
    }

    private IEnumerable<ImageStage> BuildDecoder(Stack<long> skips)
    {
        for (var level = Levels - 1; level >= 0; level--)
        {
            for (var i = 0; i <= _configuration.BlocksPerLevel; i++)
            {
                List<Module> layers = [Residual(ChannelsAt(level), skipChannels: skips.Pop()), .. AttentionAt(level)];
                if (level > 0 && i == _configuration.BlocksPerLevel) layers.Add(Residual(_channels, resample: Resample.Up));
                yield return new ImageStage(layers);
            }
        }
    }

    private ImageResidualBlock Residual(long outChannels, long skipChannels = 0, Resample resample = Resample.None)
    {
        var inChannels = _channels + skipChannels;
        _channels = outChannels;
        return new ImageResidualBlock(inChannels, outChannels, _embeddingChannels, Dropout, resample, _device);
    }

    private IEnumerable<SelfAttention> AttentionAt(int level)
    {
        if (_configuration.AttentionScales.Contains(1 << level)) yield return Attend();
    }

    private SelfAttention Attend()
    {
        var heads = _configuration.HeadChannels is { } headChannels ? _channels / headChannels : _configuration.Heads;
        return new SelfAttention(_channels, heads, HeadOrder.HeadsFirst, new GroupNorm(_channels, _device), _device);
    }

    private long ChannelsAt(int level) => (long)_configuration.BaseChannels * _configuration.ChannelMultipliers[level];
}
