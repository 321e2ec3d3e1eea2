using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Guidance;

/// <summary>
/// For a joint model that was trained on clips of which one modality was given: at every network call the given modality is itself,
/// without noise, and its timestep 0. What is given is seen from the first call on, where <see cref="ZeroShotConditioning"/> hides it
/// in noise while the other modality takes its shape.
/// </summary>
/// <param name="given">A state with a video or an audio track only, as the network meets it; stays the caller's.</param>
/// <exception cref="MmDiffusionException">Both modalities are given.</exception>
public sealed class TrainedConditioning(AudioVideo given) : Conditioning(given)
{
    private readonly GivenModality _modality = new(given);

    private protected override RunConditioning BeginWith(AudioVideo xT) => new OfRun(_modality);

    private sealed class OfRun(GivenModality modality) : RunConditioning
    {
        internal override AudioVideo Replace(AudioVideo xt, NoiseLevel level) => modality.Restore(xt);

        internal override AudioVideo Restore(AudioVideo x0) => modality.Restore(x0);

        internal override Tensor Time(AudioVideo xt, NoiseLevel level)
        {
            using var scope = NewDisposeScope();
            var time = (float)level.TimeInput;
            float[] ofBoth = modality.IsVideo ? [0, time] : [time, 0];
            return tensor(ofBoth, device: xt.Device).expand([xt.BatchSize, 2]).contiguous().MoveToOuterDisposeScope();
        }
    }
}
