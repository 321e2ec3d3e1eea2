using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Kernels;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Guidance;

/// <summary>
/// For a joint model that was trained on clips of which frames were given (<see cref="TaskShares.Frames"/>; RaMViD, arXiv 2206.07696): at
/// every network call those frames, and the audio of those frames, are as given, and their timestep is 0, that of no noise. So a clip is
/// continued from its first frames, led to its last ones, or filled between.
/// </summary>
public sealed class FrameConditioning : Conditioning
{
    private readonly Tensor _mask;

    /// <summary>Gives frames.</summary>
    /// <param name="given">
    /// A state with video and audio, as the network meets it, in which what is not given may be anything; stays the caller's.
    /// </param>
    /// <param name="mask">
    /// bool [2,F] on the state's device: which frames of the video (first), and the audio of which frames, are given; stays the caller's.
    /// </param>
    /// <exception cref="MmDiffusionException">
    /// A modality is missing, or the mask is of another shape, or nothing or everything is given.
    /// </exception>
    public FrameConditioning(AudioVideo given, Tensor mask) : base(given)
    {
        if (!given.HasVideo || !given.HasAudio)
            throw new MmDiffusionException("frames are given of one modality only, expected a state with video and audio");
        var frames = given.Video.size(1);
        if (mask.dtype != ScalarType.Bool || !mask.shape.SequenceEqual([2, frames]))
            throw new MmDiffusionException(
                $"the mask of given frames is {mask.dtype} [{string.Join(", ", mask.shape)}], expected Bool [2, {frames}]");
        using var scope = NewDisposeScope();
        var count = mask.sum().item<long>();
        if (count == 0 || count == mask.numel())
            throw new MmDiffusionException(count == 0 ? "no frames are given" : "all frames are given, which leaves nothing to generate");
        _mask = mask;
    }

    private protected override RunConditioning BeginWith(AudioVideo xT) => new OfRun(Given, _mask);

    private sealed class OfRun(AudioVideo given, Tensor mask) : RunConditioning
    {
        internal override AudioVideo Replace(AudioVideo xt, NoiseLevel level) => Restore(xt);

        internal override AudioVideo Restore(AudioVideo x0)
        {
            using var scope = NewDisposeScope();
            return x0
                .Zip(given, NoisePlan.Spread(mask.unsqueeze(0), x0), (generated, known, isGiven) => where(isGiven, known, generated))
                .MoveToOuter(scope);
        }

        internal override Tensor Time(AudioVideo xt, NoiseLevel level)
        {
            using var scope = NewDisposeScope();
            var times = TensorArithmetic.Full([2, mask.size(1)], level.TimeInput, float32, xt.Device).MaskedFill(mask, 0);
            return times.unsqueeze(0).expand([xt.BatchSize, 2, mask.size(1)]).contiguous().MoveToOuterDisposeScope();
        }
    }
}
