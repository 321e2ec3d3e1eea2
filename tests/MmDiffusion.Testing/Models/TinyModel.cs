using MmDiffusion.Checkpoints;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;

namespace MmDiffusion.Testing.Models;

/// <summary>A folder with a tiny joint model and its upscaler, every parameter filled.</summary>
public sealed class TinyModel : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyModel()
    {
        using (var network = Networks.Coupled(Coupled)) StateDict.Save(network, Path.Combine(Folder, ModelDirectory.WeightsFile));
        new ModelDirectory(Folder, new ModelDescription { Kind = ModelKind.Joint, Coupled = Coupled, SampleRate = SampleRate }).Save();
        var upscaler = Path.Combine(Folder, "upscaler");
        using (var network = Networks.Upscaler(SuperResolution))
            StateDict.Save(network, Path.Combine(upscaler, ModelDirectory.WeightsFile));
        new ModelDirectory(upscaler, new ModelDescription
        {
            Kind = ModelKind.Upscaler,
            SuperResolution = SuperResolution,
            Diffusion = DiffusionConfiguration.SuperResolution,
        }).Save();
    }

    /// <summary>The lowest that AAC stores well, for speed.</summary>
    internal const int SampleRate = 8000;

    internal static CoupledUNetConfiguration Coupled { get; } = new()
    {
        Frames = 4,
        Height = 8,
        Width = 8,
        AudioLength = 3200,
        BaseChannels = 32,
        ChannelMultipliers = [1, 1],
        BlocksPerLevel = 1,
        VideoAttentionScales = [2],
        CrossAttentionScales = [2],
        CrossAttentionWindows = [2],
        CrossAttentionHeadChannels = 16,
    };

    internal static SuperResolutionConfiguration SuperResolution { get; } = new()
    {
        LargeSize = 16,
        SmallSize = 8,
        BaseChannels = 32,
        ChannelMultipliers = [1, 1],
        BlocksPerLevel = 1,
        AttentionScales = [2],
    };

    internal string Folder => _folder.Path;

    internal JointModel Load() => Load(description => description);

    /// <summary>The joint model with another description of the same weights.</summary>
    internal JointModel Load(Func<ModelDescription, ModelDescription> change) =>
        JointModel.Load(new ModelDirectory(Folder, change(ModelDirectory.Open(Folder).Description)), new ModelOptions
        {
            Precision = Precision.Float32,
        });

    internal Upscaler LoadUpscaler(Func<ModelDescription, ModelDescription>? change = null)
    {
        var directory = ModelDirectory.Open(ModelDirectory.Open(Folder).Upscaler);
        return Upscaler.Load(
            change is null ? directory : new ModelDirectory(directory.Path, change(directory.Description)),
            new ModelOptions { Precision = Precision.Float32 });
    }

    public void Dispose() => _folder.Dispose();
}
