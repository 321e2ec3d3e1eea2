using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Model;

namespace MmDiffusion.Cli.Tests.Generating;

/// <summary>A folder with a tiny joint model and its upscaler, both as training starts with them.</summary>
internal sealed class TinyModels : IDisposable
{
    internal const int Frames = 4;
    internal const int Size = 8;
    internal const int AudioLength = 6400;

    private readonly TemporaryFolder _folder = new();

    internal TinyModels()
    {
        new ModelDirectory(Joint, JointDescription).Save();
        new ModelDirectory(Path.Combine(Joint, "upscaler"), new ModelDescription
        {
            Kind = ModelKind.Upscaler,
            Trained = false,
            Diffusion = DiffusionConfiguration.SuperResolution,
            SuperResolution = new SuperResolutionConfiguration { SmallSize = Size, LargeSize = 2 * Size, BaseChannels = 32, ChannelMultipliers = [1, 1], BlocksPerLevel = 1, AttentionScales = [2] },
        }).Save();
    }

    internal static ModelDescription JointDescription { get; } = new()
    {
        Kind = ModelKind.Joint,
        Trained = false,
        Coupled = new CoupledUNetConfiguration
        {
            Frames = Frames,
            Height = Size,
            Width = Size,
            AudioLength = AudioLength,
            BaseChannels = 32,
            ChannelMultipliers = [1, 1],
            BlocksPerLevel = 1,
            VideoAttentionScales = [2],
            CrossAttentionScales = [2],
            CrossAttentionWindows = [2],
            CrossAttentionHeadChannels = 32,
        },
    };

    /// <summary>Frames at the model's rate in a size.</summary>
    internal static ClipFormat Format(int size) => new(size, size, 10, 16_000);

    /// <summary>The joint model's folder.</summary>
    internal string Joint => Path.Combine(_folder.Path, "tiny");

    public void Dispose() => _folder.Dispose();
}
