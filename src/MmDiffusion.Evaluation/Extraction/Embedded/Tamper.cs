using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MmDiffusion.Evaluation.Extraction.Embedded;

/// <summary>Spoils scenes by a little or by much, at random.</summary>
internal static class Tamper
{
    /// <summary>Spoils a picture.</summary>
    /// <param name="video">[F,3,H,W] in [-1, 1].</param>
    /// <param name="how">In which way.</param>
    /// <param name="random">Decides how much.</param>
    internal static Tensor Video(Tensor video, Tampering how, IRandomSource random) => how switch
    {
        Tampering.Time => video.index_select(0, random.Normal(video.shape[0]).argsort()),
        Tampering.Detail => Mix(video, Blurred(video, 1 + (int)(4 * Share(random))), random),
        Tampering.Noise => video.Plus(random.Normal(video.shape).Times(0.02 + 0.25 * Share(random))).Clamped(-1, 1),
        _ => video,
    };

    /// <summary>Spoils a sound.</summary>
    /// <param name="samples">[L] in [-1, 1].</param>
    /// <param name="how">In which way.</param>
    /// <param name="random">Decides how much.</param>
    internal static Tensor Audio(Tensor samples, Tampering how, IRandomSource random) => how switch
    {
        Tampering.Time => samples.flip(0),
        Tampering.Detail => Mix(samples, Muffled(samples, 1 + (int)(7 * Share(random))), random),
        Tampering.Noise => samples.Plus(random.Normal(samples.shape).Times(Math.Pow(10, -3 + 2 * Share(random)))).Clamped(-1, 1),
        _ => samples,
    };

    private static Tensor Mix(Tensor original, Tensor spoiled, IRandomSource random)
    {
        var share = 0.4 + 0.6 * Share(random);
        return original.Times(1 - share).Plus(spoiled.Times(share));
    }

    private static Tensor Blurred(Tensor video, int times)
    {
        for (var i = 0; i < times; i++) video = functional.avg_pool2d(video, 3, stride: 1, padding: 1, count_include_pad: false);
        return video;
    }

    private static Tensor Muffled(Tensor samples, int radius) =>
        functional.avg_pool1d(samples.view(1, 1, -1), 2 * radius + 1, stride: 1, padding: radius, count_include_pad: false).view(-1);

    /// <summary>0 … 1.</summary>
    private static double Share(IRandomSource random) => random.Uniform(1).item<float>();
}

/// <summary>What is done to a scene, for an extractor to notice.</summary>
internal enum Tampering
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Frames in another order, or sound backwards.</summary>
    Time,

    /// <summary>Frames blurred, or sound muffled.</summary>
    Detail,

    /// <summary>Noise over it.</summary>
    Noise,
}
