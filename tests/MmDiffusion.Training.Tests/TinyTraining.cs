using MmDiffusion.Data;
using MmDiffusion.Data.Scenes;
using MmDiffusion.Diffusion;
using MmDiffusion.Generation;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;

namespace MmDiffusion.Training.Tests;

/// <summary>Trainings whose steps take some milliseconds.</summary>
internal static class TinyTraining
{
    internal static TrainingConfiguration Joint { get; } = new()
    {
        Model = new ModelDescription
        {
            Kind = ModelKind.Joint,
            SampleRate = 640,
            Coupled = new CoupledUNetConfiguration
            {
                Frames = 4,
                Height = 8,
                Width = 8,
                AudioLength = 256,
                BaseChannels = 32,
                ChannelMultipliers = [1, 1],
                BlocksPerLevel = 1,
                VideoAttentionScales = [2],
                CrossAttentionScales = [2],
                CrossAttentionWindows = [2],
                CrossAttentionHeadChannels = 32,
                Dropout = 0.1,
            },
        },
        BatchSize = 4,
        MicroBatch = 2,
        Steps = 6,
        LearningRate = 1e-3,
        EmaRates = [0.9, 0.5],
        GradientClip = 1,
    };

    internal static TrainingConfiguration Upscaler { get; } = new()
    {
        Model = new ModelDescription
        {
            Kind = ModelKind.Upscaler,
            SuperResolution = new SuperResolutionConfiguration
            {
                SmallSize = 8,
                LargeSize = 16,
                BaseChannels = 32,
                ChannelMultipliers = [1, 1],
                BlocksPerLevel = 1,
                AttentionScales = [2],
            },
            Diffusion = DiffusionConfiguration.SuperResolution,
        },
        BatchSize = 4,
        MicroBatch = 2,
        Steps = 4,
        LearningRate = 1e-3,
        EmaRates = [0.9],
    };

    /// <summary>Live tensors, without those that other tests left to the garbage collector.</summary>
    internal static long LiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return TorchSharp.torch.Tensor.TotalCount;
    }

    /// <summary>Scenes to train on.</summary>
    internal static IClipSource Scenes(TrainingConfiguration configuration, int count = 10, ulong seed = 1) =>
        new SyntheticClipSource(count, seed, configuration.Model.TrainingShape());
}
