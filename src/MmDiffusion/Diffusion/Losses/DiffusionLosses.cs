using MmDiffusion.Diffusion.Process;
using MmDiffusion.Kernels;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Losses;

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
    /// <exception cref="MmDiffusionException">The network's output does not fit the state.</exception>
    public LossTerms Compute(IDenoiser denoiser, AudioVideo x0, Tensor timesteps, AudioVideo noise) =>
        Compute(denoiser, x0, new NoisePlan(timesteps), noise);

    /// <summary>The same where parts of the batch differ in their noise, or are given.</summary>
    /// <param name="denoiser">The network, in training mode with autograd on to train it.</param>
    /// <param name="x0">Clean batch, in [-1, 1].</param>
    /// <param name="plan">How noisy each part is; a sample's loss is the mean over what it predicts of each modality.</param>
    /// <param name="noise">ε, standard normal, of the batch's shape.</param>
    /// <exception cref="MmDiffusionException">The network's output does not fit the state.</exception>
    public LossTerms Compute(IDenoiser denoiser, AudioVideo x0, NoisePlan plan, AudioVideo noise)
    {
        using var scope = NewDisposeScope();
        var (xt, timesteps) = (plan.Diffuse(process, x0, noise), NoisePlan.Spread(plan.Timesteps, x0));
        var output = NetworkOutput.Split(
            denoiser.Predict(xt, process.NetworkTime(plan.Timesteps)),
            xt,
            process.Configuration.LearnsVariance());
        var errors = plan.Mean(process.Target(x0, noise, timesteps).Zip(output.Prediction, (target, y) => (target - y).Squared()));
        var scale = BitsPerNat * process.Schedule.OriginalSteps / 1000.0;
        var bound = output.Variance is null ? null : plan.Mean(VariationalBound(output, x0, xt, timesteps)).Map(mean => mean.Times(scale));
        var loss = Total(bound is null ? errors : errors.Zip(bound, (mse, vb) => mse.Plus(vb)));
        return new(scope.MoveToOuter(loss), errors.MoveToOuter(scope), bound?.MoveToOuter(scope));
    }

    // KL(q(x_{t-1}|x_t,x_0) ‖ p(x_{t-1}|x_t)) of each element, and at t = 0 the likelihood of the data's levels; in nats.
    private AudioVideo VariationalBound(NetworkOutput output, AudioVideo x0, AudioVideo xt, AudioVideo timesteps)
    {
        var frozen = output.Prediction.Map(y => y.detach());
        var model = process.Reverse(process.PredictX0(xt, frozen, timesteps), xt, output.Variance, timesteps);
        var divergence = Divergence(process.Posterior(x0, xt, timesteps), model);
        var likelihood = x0.Zip(model.Mean, model.LogVariance, (x, mean, log) =>
            GaussianMath.DiscretisedLogLikelihood(x, mean, log.Times(0.5)));
        return divergence.Zip(likelihood, timesteps, (kl, log, t) => where(NoisePlan.Broadcast(t, kl).EqualTo(0), -log, kl));
    }

    private static AudioVideo Divergence(GaussianMoments truth, GaussianMoments model)
    {
        Tensor Part(Func<AudioVideo, Tensor> part) =>
            GaussianMath.KullbackLeibler(part(truth.Mean), part(truth.LogVariance), part(model.Mean), part(model.LogVariance));
        return new(truth.Mean.HasVideo ? Part(state => state.Video) : null, truth.Mean.HasAudio ? Part(state => state.Audio) : null);
    }

    private static Tensor Total(AudioVideo terms) => terms.Parts.Aggregate((sum, part) => sum.Plus(part));
}

/// <summary>Training losses of a batch, one value per sample.</summary>
/// <param name="Loss">What to minimise, [B].</param>
/// <param name="MeanSquaredError">Mean squared error of the prediction by modality, each [B].</param>
/// <param name="VariationalBound">
/// Term of the variational bound by modality, each [B], in bits per element; null unless the variance is learned.
/// </param>
public sealed record LossTerms(Tensor Loss, AudioVideo MeanSquaredError, AudioVideo? VariationalBound);
