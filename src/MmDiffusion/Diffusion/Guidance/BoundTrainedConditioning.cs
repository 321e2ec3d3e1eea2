using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>A <see cref="TrainedConditioning"/>: nothing of it depends on the run.</summary>
internal sealed class BoundTrainedConditioning(AudioVideo given) : BoundConditioning(given)
{
    internal override AudioVideo Replace(AudioVideo xt, NoiseLevel level) => Restore(xt);

    internal override Tensor Time(AudioVideo xt, NoiseLevel level)
    {
        using var scope = NewDisposeScope();
        var time = (float)level.TimeInput;
        float[] ofBoth = VideoGiven ? [0, time] : [time, 0];
        return tensor(ofBoth, device: xt.Device).expand([xt.BatchSize, 2]).contiguous().MoveToOuterDisposeScope();
    }
}
