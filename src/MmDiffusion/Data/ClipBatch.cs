using MmDiffusion.Primitives;

namespace MmDiffusion.Data;

/// <summary>Clips to learn from together.</summary>
/// <param name="Clips">Video [B,F,3,H,W] and audio [B,1,L], float32 in [-1, 1].</param>
/// <param name="Labels">The class of each clip, null where it is not known; null where none is.</param>
public sealed record ClipBatch(AudioVideo Clips, IReadOnlyList<string?>? Labels = null)
{
    /// <summary>Clips of classes that are not known.</summary>
    public static implicit operator ClipBatch(AudioVideo clips) => new(clips);

    /// <summary>The same as the operator.</summary>
    public static ClipBatch FromAudioVideo(AudioVideo clips) => clips;
}
