using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Alignment;

/// <summary>
/// How much a clip's picture and sound change from each frame to the next. Neither depends on the frame size or on how loud the whole
/// clip is recorded, save for sound near silence.
/// </summary>
/// <param name="Visual">
/// Mean absolute difference of the pixels from the frame before, 0 … 255; one value for every frame but the first.
/// </param>
/// <param name="Onset">How much louder than in the frame before, in nepers of energy, 0 where it is not; as many values.</param>
/// <param name="Flow">Mean length of the optical flow since the frame before, as a share of the longer side; as many values.</param>
public sealed record ChangeTrack(IReadOnlyList<double> Visual, IReadOnlyList<double> Onset, IReadOnlyList<double> Flow)
{
    /// <summary>Energy, as the mean square of samples in [-1, 1], below which sound counts as silence: -40 dB.</summary>
    private const double Silence = 1e-4;

    /// <summary>Follows a clip.</summary>
    /// <param name="clip">
    /// At least 3 frames, so that there is something to compare; sound that is too short is continued by silence.
    /// </param>
    /// <exception cref="MmDiffusionException">The clip has fewer frames.</exception>
    public static ChangeTrack Of(Clip clip)
    {
        if (clip.Frames.Count < 3)
            throw new MmDiffusionException($"the clip has {clip.Frames.Count} frames, expected at least 3 to see when it changes");
        var loudness = Loudness(clip);
        var steps = Enumerable.Range(1, clip.Frames.Count - 1);
        return new ChangeTrack(
            [.. steps.Select(frame => Difference(clip.Frames[frame - 1], clip.Frames[frame]))],
            [.. steps.Select(frame => Math.Max(0, loudness[frame] - loudness[frame - 1]))],
            OpticalFlow.Of(clip.Frames));
    }

    private static double Difference(ReadOnlySpan<byte> before, ReadOnlySpan<byte> now)
    {
        var sum = 0L;
        for (var i = 0; i < now.Length; i++) sum += Math.Abs(now[i] - before[i]);
        return (double)sum / now.Length;
    }

    /// <summary>The logarithm of the energy of each frame's sound.</summary>
    private static double[] Loudness(Clip clip) => [.. Enumerable.Range(0, clip.Frames.Count).Select(frame =>
    {
        var (start, end) = (SampleAt(clip, frame), SampleAt(clip, frame + 1));
        var energy = 0.0;
        foreach (var sample in clip.Audio.Samples.AsSpan(start..end)) energy += (double)sample * sample;
        return Math.Log(energy / Math.Max(1, end - start) + Silence);
    })];

    private static int SampleAt(Clip clip, int frame) =>
        (int)Math.Min(clip.Audio.Samples.Length, Math.Round(frame / clip.Frames.Rate * clip.Audio.Rate));
}
