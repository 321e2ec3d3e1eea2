using System.ComponentModel;
using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>
/// Clips as a joint network meets them. A flash fills thousands of pixels, and its sound is a tenth of what a recording could hold: where
/// both keep their range, diffusion's noise hides the sound long before the picture, the picture is decided first, and a sound that is
/// given comes too late to be followed. A smaller range for pixels, and a power below 1 for samples, bring the two together; the noise that
/// is left in a generated sound is lowered by the inverse.
/// </summary>
/// <param name="video">Factor of pixels, in (0, 1].</param>
/// <param name="soundExponent">Power of the samples' magnitudes, in (0, 1].</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class NetworkScale(double video, double soundExponent)
{
    /// <summary>Of a model.</summary>
    public static NetworkScale Of(ModelDescription model) => new(model.VideoScale, model.SoundExponent);

    /// <summary>From [-1, 1] to what the network meets: pixels times the factor, samples sign(x)·|x|^exponent.</summary>
    public AudioVideo ToNetwork(AudioVideo clips) => Change(clips, video, soundExponent);

    /// <summary>The inverse.</summary>
    internal AudioVideo FromNetwork(AudioVideo clips) => Change(clips, 1 / video, 1 / soundExponent);

    private static AudioVideo Change(AudioVideo clips, double factor, double exponent) =>
        new(clips.HasVideo ? clips.Video.Times(factor) : null, clips.HasAudio ? Raise(clips.Audio, exponent) : null);

    private static Tensor Raise(Tensor audio, double exponent)
    {
        using var scope = NewDisposeScope();
        return (exponent == 1 ? audio.alias() : audio.sign() * audio.abs().Power(exponent)).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// What an upscaler diffuses. In the paper it is the frame; with a scale it is the detail alone, the difference between the frame and its
/// small version enlarged: a network that knows nothing yet adds nothing, and all it learns goes into what enlarging lacks.
/// </summary>
/// <param name="scale">Factor of the detail, above 0; null for whole frames.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class DetailScale(double? scale)
{
    /// <summary>Of a model.</summary>
    public static DetailScale Of(ModelDescription model) => new(model.DetailScale);

    /// <summary>Frames [N,3,H,W] to what is diffused.</summary>
    public Tensor ToNetwork(Tensor frames, Tensor small)
    {
        using var scope = NewDisposeScope();
        return (scale is { } factor ? (frames - Enlarge(small, frames)).Times(factor) : frames.alias()).MoveToOuterDisposeScope();
    }

    /// <summary>The inverse.</summary>
    internal Tensor FromNetwork(Tensor diffused, Tensor small)
    {
        using var scope = NewDisposeScope();
        var frames = scale is { } factor ? diffused.DividedBy(factor).Plus(Enlarge(small, diffused)) : diffused.alias();
        return frames.MoveToOuterDisposeScope();
    }

    /// <summary>As the network is shown the small frames.</summary>
    private static Tensor Enlarge(Tensor small, Tensor like) =>
        nn.functional.interpolate(small, size: [like.shape[2], like.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);
}
