using MmDiffusion.Data;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>Makes the small frames that an upscaler learns to enlarge: reduced in size, some with noise, some compressed as JPEG.</summary>
/// <param name="options">How often and how much.</param>
/// <param name="size">Rows and columns of the small frames.</param>
public sealed class FrameDegradation(DegradationOptions options, int size)
{
    /// <summary>Degrades frames, each by its own chance.</summary>
    /// <param name="frames">[B,3,H,W] in [-1, 1].</param>
    /// <param name="random">Where chance comes from, row by row.</param>
    /// <returns>[B,3,h,w] in [-1, 1], of whole levels of 255.</returns>
    public Tensor Apply(Tensor frames, IRandomSource random)
    {
        using var scope = NewDisposeScope();
        var batch = frames.shape[0];
        var small = Reduce(frames);
        var chances = random.Uniform(batch, 4).data<float>().ToArray(); // noise or not, its level, JPEG or not, its quality
        var noise = random.Normal(small.shape);
        var degraded = Enumerable.Range(0, (int)batch).Select(i => Degrade(small[i], noise[i], chances.AsSpan(4 * i, 4))).ToList();
        return stack(degraded).to(frames.device).MoveToOuterDisposeScope();
    }

    /// <summary>Reduces frames without degrading them otherwise.</summary>
    /// <param name="frames">[B,3,H,W] in [-1, 1].</param>
    /// <returns>[B,3,h,w] on the CPU.</returns>
    public Tensor Reduce(Tensor frames) =>
        nn.functional.interpolate(frames.cpu(), size: [size, size], mode: InterpolationMode.Area);

    private Tensor Degrade(Tensor frame, Tensor noise, ReadOnlySpan<float> chances)
    {
        if (chances[0] < options.NoiseProbability) frame = frame.Plus(noise.Times(chances[1] * options.NoiseLevels / 127.5));
        var levels = ClipTensors.ToFrames(frame.unsqueeze(0), rate: 1);
        if (chances[2] < options.JpegProbability)
        {
            var range = options.JpegHighestQuality - options.JpegLowestQuality + 1;
            levels = JpegImage.Recompress(levels, options.JpegLowestQuality + (int)(chances[3] * range));
        }
        return ClipTensors.FromFrames(levels)[0];
    }
}
