using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Testing.Models;

/// <summary>Small networks with every parameter filled, the zero-initialised ones too, so that no branch is silent.</summary>
internal static class Networks
{
    internal static CoupledUNetConfiguration SmallCoupled { get; } = new()
    {
        Frames = 4,
        Height = 8,
        Width = 12,
        AudioLength = 144,
        BaseChannels = 32,
        ChannelMultipliers = [1, 2, 2],
        BlocksPerLevel = 1,
        VideoAttentionScales = [2, 4],
        CrossAttentionScales = [2, 4],
        CrossAttentionWindows = [1, 2],
        CrossAttentionHeadChannels = 16,
        Dropout = 0,
    };

    internal static SuperResolutionConfiguration SmallUpscaler { get; } = new()
    {
        LargeSize = 16,
        SmallSize = 4,
        BaseChannels = 32,
        ChannelMultipliers = [1, 2],
        BlocksPerLevel = 1,
        AttentionScales = [2],
    };

    internal static CoupledUNet Coupled(CoupledUNetConfiguration configuration, ulong seed = 1) =>
        Fill(new CoupledUNet(configuration), seed);

    internal static SuperResolutionUNet Upscaler(SuperResolutionConfiguration configuration, ulong seed = 1) =>
        Fill(new SuperResolutionUNet(configuration), seed);

    internal static AudioVideo Input(CoupledUNetConfiguration configuration, long batch, ulong seed = 2)
    {
        using var random = new SeededRandom(seed);
        return new AudioVideo(
            random.Normal(batch, configuration.Frames, 3, configuration.Height, configuration.Width),
            random.Normal(batch, 1, configuration.AudioLength));
    }

    internal static double RelativeError(Tensor found, Tensor expected)
    {
        using var scope = NewDisposeScope();
        return ((found - expected).abs().max() / expected.abs().max()).to_type(ScalarType.Float64).item<double>();
    }

    private static T Fill<T>(T network, ulong seed) where T : nn.Module
    {
        using var noGradient = no_grad();
        using var random = new SeededRandom(seed);
        foreach (var (name, parameter) in network.named_parameters())
        {
            using var scope = NewDisposeScope();
            var spread = name.EndsWith("bias", StringComparison.Ordinal) ? 0.1 : 1 / Math.Sqrt(parameter[0].numel());
            parameter.copy_(random.Normal(parameter.shape).mul_(spread));
        }
        network.eval();
        return network;
    }
}
