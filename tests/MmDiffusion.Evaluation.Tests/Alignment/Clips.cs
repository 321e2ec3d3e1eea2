using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Tests.Alignment;

/// <summary>Clips whose events are known: black frames with single bright ones, silence with single loud frames; 10 fps, 1 kHz.</summary>
internal static class Clips
{
    internal static Clip FlashingAt(int frames, int[] bright, int[] loud)
    {
        var pixels = new byte[frames * 12];
        foreach (var frame in bright) pixels.AsSpan(frame * 12, 12).Fill(100);
        var samples = new float[frames * 100];
        foreach (var frame in loud) samples.AsSpan(frame * 100, 100).Fill(0.5f);
        return new Clip(new Frames(pixels, 2, 2, 10), new Audio(samples, 1000));
    }
}
