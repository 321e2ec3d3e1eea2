using MmDiffusion.Media;

namespace MmDiffusion.Generation;

/// <summary>Counts the network calls of a whole generation.</summary>
internal sealed class WorkCount(GenerationOptions options, int callsPerClip, int upscalerCallsPerClip, Action<GenerationProgress>? observer)
{
    private readonly long _sampling = (long)options.Count * callsPerClip;
    private readonly long _upscaling = (long)options.Count * upscalerCallsPerClip;
    private long _sampled;
    private long _upscaled;

    /// <summary>One call of the joint model, for several clips.</summary>
    internal void Sampled(int clips, IReadOnlyList<Clip>? preview) =>
        observer?.Invoke(new GenerationProgress(GenerationStage.Sampling, _sampled += clips, _sampling) { Preview = preview });

    /// <summary>One call of the upscaler, for several frames.</summary>
    internal void Upscaled(long frames) => observer?.Invoke(new GenerationProgress(GenerationStage.Upscaling, _upscaled += frames, _upscaling));
}
