using MmDiffusion.Diffusion.Process;
using MmDiffusion.Kernels;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Losses;

/// <summary>
/// How noisy each part of a training batch is, and which parts the network is to predict. All tensors have one shape: [B] for a timestep a
/// sample; [B,2] for one a modality, video first; [B,2,F] for one a frame, where position i of L in the audio belongs to frame
/// ⌊(i+½)·F/L⌋.
/// </summary>
/// <param name="Timesteps">int64: the timestep that a part is noised to, and that the network is told.</param>
/// <param name="Given">
/// bool: parts that the network is given and does not predict, without a loss. Where their timestep is 0 they are clean. Null for none.
/// </param>
/// <param name="Absent">
/// bool: parts that are noise alone and bear no loss, the network's way to have nothing of them. Null for none.
/// </param>
public sealed record NoisePlan(Tensor Timesteps, Tensor? Given = null, Tensor? Absent = null)
{
    /// <summary>Noises a batch by the plan.</summary>
    /// <param name="process">The diffusion.</param>
    /// <param name="x0">Clean batch.</param>
    /// <param name="noise">ε, of the batch's shape.</param>
    internal AudioVideo Diffuse(GaussianProcess process, AudioVideo x0, AudioVideo noise)
    {
        var xt = process.Diffuse(x0, Spread(Timesteps, x0), noise);
        if (Given is not null)
            xt = xt.Zip(x0, Broadcast(Given & Timesteps.EqualTo(0), x0), (noisy, clean, isClean) => where(isClean, clean, noisy));
        if (Absent is not null) xt = xt.Zip(noise, Broadcast(Absent, x0), (noisy, epsilon, isAbsent) => where(isAbsent, epsilon, noisy));
        return xt;
    }

    /// <summary>The mean over the predicted elements of each sample, 0 where there are none.</summary>
    /// <param name="values">Of a batch's shape.</param>
    /// <returns>[B] by modality.</returns>
    internal AudioVideo Mean(AudioVideo values)
    {
        if (Unpredicted is not { } unpredicted) return values.Map(GaussianMath.PerSampleMean);
        if (Timesteps.dim() < 3)
            return values.Zip(Spread(unpredicted, values), (part, mask) => GaussianMath.PerSampleMean(part).MaskedFill(mask, 0));
        return values.Zip(Broadcast(unpredicted, values), (part, mask) =>
        {
            var predicted = mask.logical_not().expand_as(part).flatten(1).sum(1, type: part.dtype);
            return part.MaskedFill(mask, 0).flatten(1).sum(1) / predicted.Clamped(min: 1);
        });
    }

    /// <summary>A plan's tensor by modality: [B] each, or shaped to broadcast over a state where frames differ.</summary>
    internal static AudioVideo Spread(Tensor plan, AudioVideo like)
    {
        if (plan.dim() == 1) return like.Map(_ => plan);
        var (video, audio) = (plan.select(1, 0), plan.select(1, 1));
        if (plan.dim() == 2) return new AudioVideo(video, audio);
        var (frames, positions) = (plan.size(2), like.Audio.size(-1));
        var frameOf = TensorArithmetic.Range(positions, ScalarType.Int64, plan.device)
            .Times(2).Plus(1).Times(frames).FloorDividedBy(2 * positions);
        return new AudioVideo(
            video.view([.. video.shape, .. Enumerable.Repeat(1L, (int)like.Video.dim() - 2)]), // [B,F] → [B,F,1,1,1]
            audio.index_select(1, frameOf).unsqueeze(1)); // [B,F] → [B,1,L]
    }

    private Tensor? Unpredicted => Given is null ? Absent : Absent is null ? Given : Given | Absent;

    /// <summary>[B] → [B,1,…]; what is shaped to broadcast stays as it is.</summary>
    internal static Tensor Broadcast(Tensor spread, Tensor like) =>
        spread.dim() == 1 ? spread.view([-1, .. Enumerable.Repeat(1L, (int)like.dim() - 1)]) : spread;

    private static AudioVideo Broadcast(Tensor plan, AudioVideo like) =>
        like.Zip(Spread(plan, like), (part, mask) => Broadcast(mask, part));
}
