using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion;

/// <summary>
/// Training losses at given timesteps. The loss of a sample is the sum over its modalities of the mean squared error of the prediction;
/// with a learned variance also of the variational bound's term (times steps / 1000), which moves the variance only, not the mean.
/// </summary>
/// <param name="process">The process the network is trained for.</param>
public sealed class DiffusionLosses(GaussianProcess process)
{
    private static readonly double BitsPerNat = 1 / Math.Log(2);

    /// <summary>Noises a batch, calls the network once and compares.</summary>
    /// <param name="denoiser">The network, in training mode with autograd on to train it.</param>
    /// <param name="x0">Clean batch, in [-1, 1].</param>
    /// <param name="timesteps">int64 [B], one for each sample.</param>
    /// <param name="noise">ε, standard normal, of the batch's shape.</param>
    /// <param name="given">
    /// bool [B] by modality: where true, the network meets the clean batch with timestep 0, and there is no loss. Null to give nothing.
    /// </param>
    /// <exception cref="MmDiffusionException">The network's output does not fit the state.</exception>
    public LossTerms Compute(IDenoiser denoiser, AudioVideo x0, Tensor timesteps, AudioVideo noise, AudioVideo? given = null)
    {
        using var scope = NewDisposeScope();
        var (xt, time) = (process.Diffuse(x0, timesteps, noise), process.NetworkTime(timesteps));
        if (given is not null)
        {
            xt = xt.Zip(x0, given, (noisy, clean, mask) => where(mask.view([-1, .. Enumerable.Repeat(1L, (int)clean.dim() - 1)]), clean, noisy));
            time = stack(given.Parts.Select(mask => time.masked_fill(mask, 0)), dim: 1); // [B] → [B,2]
        }
        var output = NetworkOutput.Split(denoiser.Predict(xt, time), xt, process.Configuration.LearnsVariance());
        var errors = process.Target(x0, noise, timesteps).Zip(output.Prediction, (target, y) =>
            GaussianMath.PerSampleMean((target - y).square()));
        var bound = output.Variance is null ? null : VariationalBound(output, x0, xt, timesteps);
        if (given is not null)
        {
            errors = errors.Zip(given, (mse, mask) => mse.masked_fill(mask, 0));
            bound = bound?.Zip(given, (vb, mask) => vb.masked_fill(mask, 0));
        }
        var loss = Total(bound is null ? errors : errors.Zip(bound, (mse, vb) => mse + vb));
        return new(scope.MoveToOuter(loss), errors.MoveToOuter(scope), bound?.MoveToOuter(scope));
    }

    // KL(q(x_{t-1}|x_t,x_0) ‖ p(x_{t-1}|x_t)), and at t = 0 the likelihood of the data's levels.
    private AudioVideo VariationalBound(NetworkOutput output, AudioVideo x0, AudioVideo xt, Tensor timesteps)
    {
        var frozen = output.Prediction.Map(y => y.detach());
        var model = process.Reverse(process.PredictX0(xt, frozen, timesteps), xt, output.Variance, timesteps);
        var truth = process.Posterior(x0, xt, timesteps);
        var divergence = Divergence(truth, model);
        var likelihood = x0.Zip(model.Mean, model.LogVariance, (x, mean, log) =>
            GaussianMath.PerSampleMean(GaussianMath.DiscretisedLogLikelihood(x, mean, 0.5 * log)));
        var scale = BitsPerNat * process.Schedule.OriginalSteps / 1000.0;
        return divergence.Zip(likelihood, (kl, log) => scale * where(timesteps == 0, -log, kl));
    }

    private static AudioVideo Divergence(GaussianMoments truth, GaussianMoments model)
    {
        Tensor Part(Func<AudioVideo, Tensor> part) => GaussianMath.PerSampleMean(
            GaussianMath.KullbackLeibler(part(truth.Mean), part(truth.LogVariance), part(model.Mean), part(model.LogVariance)));
        return new(truth.Mean.HasVideo ? Part(state => state.Video) : null, truth.Mean.HasAudio ? Part(state => state.Audio) : null);
    }

    private static Tensor Total(AudioVideo terms) => terms.Parts.Aggregate((sum, part) => sum + part);
}
