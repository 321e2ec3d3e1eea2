using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MmDiffusion.Diffusion.Losses;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Kernels;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Process;

/// <summary>
/// The diffusion of joint states on a discrete schedule: noising, its posterior, and the model's reverse step (Ho et al., 2020; Nichol
/// and Dhariwal, 2021). Timesteps are int64 [B] indices into the schedule; each sample of a batch has its own. In training, modalities and
/// frames may have theirs too: see <see cref="NoisePlan"/>.
/// </summary>
public sealed class GaussianProcess
{
    /// <summary>Makes the process of a configuration.</summary>
    /// <exception cref="MmDiffusionException">The configuration is not valid.</exception>
    public GaussianProcess(DiffusionConfiguration configuration) : this(configuration, configuration.CreateSchedule())
    {
    }

    private GaussianProcess(DiffusionConfiguration configuration, NoiseSchedule schedule)
    {
        Configuration = configuration;
        Schedule = schedule;
    }

    /// <summary>What the network was trained for.</summary>
    public DiffusionConfiguration Configuration { get; }

    /// <summary>The schedule, possibly respaced.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>The same process on fewer steps; see <see cref="NoiseSchedule.Respace"/>.</summary>
    /// <exception cref="MmDiffusionException">The text is not understood or asks for more steps than there are.</exception>
    public GaussianProcess Respace(string respacing) => new(Configuration, Schedule.Respace(respacing));

    /// <summary>What the network is told for timesteps of this schedule.</summary>
    /// <param name="timesteps">int64, of any shape.</param>
    /// <returns>float32 of the same shape, original timesteps.</returns>
    public Tensor NetworkTime(Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var map = tensor(Schedule.TimestepMap.Select(t => (float)t).ToArray(), device: timesteps.device);
        return scope.MoveToOuter(map.index_select(0, timesteps.flatten()).view(timesteps.shape));
    }

    /// <summary>Samples q(x_t | x_0) = √ᾱ_t·x_0 + √(1−ᾱ_t)·ε.</summary>
    /// <param name="x0">Clean state.</param>
    /// <param name="timesteps">int64 [B].</param>
    /// <param name="noise">ε, standard normal, of the state's shape.</param>
    public AudioVideo Diffuse(AudioVideo x0, Tensor timesteps, AudioVideo noise) => Diffuse(x0, Both(timesteps), noise);

    internal AudioVideo Diffuse(AudioVideo x0, AudioVideo timesteps, AudioVideo noise)
    {
        using var scope = NewDisposeScope();
        var xt = x0.Zip(noise, timesteps, (x, epsilon, t) =>
            (At(Schedule.SqrtAlphaBar, t, x) * x).Plus(At(Schedule.SqrtOneMinusAlphaBar, t, x) * epsilon));
        return xt.MoveToOuter(scope);
    }

    /// <summary>q(x_{t-1} | x_t, x_0).</summary>
    /// <param name="x0">Clean state.</param>
    /// <param name="xt">Noisy state.</param>
    /// <param name="timesteps">int64 [B].</param>
    public GaussianMoments Posterior(AudioVideo x0, AudioVideo xt, Tensor timesteps) => Posterior(x0, xt, Both(timesteps));

    internal GaussianMoments Posterior(AudioVideo x0, AudioVideo xt, AudioVideo timesteps)
    {
        using var scope = NewDisposeScope();
        var mean = x0.Zip(xt, timesteps, (clean, noisy, t) =>
            (At(Schedule.PosteriorMeanX0, t, clean) * clean).Plus(At(Schedule.PosteriorMeanXt, t, clean) * noisy));
        var logVariance = x0.Zip(timesteps, (clean, t) => At(Schedule.PosteriorLogVarianceClipped, t, clean));
        return new(mean.MoveToOuter(scope), logVariance.MoveToOuter(scope));
    }

    /// <summary>p(x_{t-1} | x_t): the posterior of the predicted x_0 with the model's variance.</summary>
    /// <param name="x0">Predicted clean state.</param>
    /// <param name="xt">Noisy state.</param>
    /// <param name="varianceOutput">v of each element, in [-1, 1]; null unless the variance is learned.</param>
    /// <param name="timesteps">int64 [B].</param>
    public GaussianMoments Reverse(AudioVideo x0, AudioVideo xt, AudioVideo? varianceOutput, Tensor timesteps) =>
        Reverse(x0, xt, varianceOutput, Both(timesteps));

    internal GaussianMoments Reverse(AudioVideo x0, AudioVideo xt, AudioVideo? varianceOutput, AudioVideo timesteps)
    {
        using var scope = NewDisposeScope();
        var mean = Posterior(x0, xt, timesteps).Mean;
        var logVariance = Configuration.Variance switch
        {
            VarianceKind.FixedLarge => xt.Zip(timesteps, (x, t) => At(Schedule.FixedLargeLogVariance, t, x)),
            VarianceKind.FixedSmall => xt.Zip(timesteps, (x, t) => At(Schedule.PosteriorLogVarianceClipped, t, x)),
            _ when varianceOutput is not null => varianceOutput.Zip(timesteps, LearnedLogVariance),
            _ => throw new ArgumentNullException(nameof(varianceOutput), "the variance is learned"),
        };
        return new(mean.MoveToOuter(scope), logVariance.MoveToOuter(scope));
    }

    /// <summary>x_0 from the network's output.</summary>
    /// <param name="xt">Noisy state.</param>
    /// <param name="output">The output without a learned variance.</param>
    /// <param name="timesteps">int64 [B].</param>
    public AudioVideo PredictX0(AudioVideo xt, AudioVideo output, Tensor timesteps) => PredictX0(xt, output, Both(timesteps));

    internal AudioVideo PredictX0(AudioVideo xt, AudioVideo output, AudioVideo timesteps) =>
        Read(Parameterization.X0, xt, output, timesteps);

    /// <summary>ε from the network's output.</summary>
    /// <param name="xt">Noisy state.</param>
    /// <param name="output">The output without a learned variance.</param>
    /// <param name="timesteps">int64 [B].</param>
    public AudioVideo PredictEpsilon(AudioVideo xt, AudioVideo output, Tensor timesteps) =>
        Read(Parameterization.Epsilon, xt, output, Both(timesteps));

    /// <summary>What the network should predict.</summary>
    /// <param name="x0">Clean state.</param>
    /// <param name="noise">ε of the noisy state.</param>
    /// <param name="timesteps">int64 [B].</param>
    public AudioVideo Target(AudioVideo x0, AudioVideo noise, Tensor timesteps) => Target(x0, noise, Both(timesteps));

    internal AudioVideo Target(AudioVideo x0, AudioVideo noise, AudioVideo timesteps) =>
        Read(Parameterization.Target, x0, noise, timesteps);

    /// <summary>Values out of a table, shaped to broadcast over a state.</summary>
    /// <param name="table">A value for each timestep.</param>
    /// <param name="timesteps">int64 [B], or already shaped to broadcast.</param>
    /// <param name="like">The state.</param>
    /// <returns>[B, 1, …], or shaped as the timesteps, of the state's type and device.</returns>
    internal static Tensor At(ImmutableArray<double> table, Tensor timesteps, Tensor like)
    {
        using var scope = NewDisposeScope();
        var values = tensor(ImmutableCollectionsMarshal.AsArray(table)!, device: like.device).index_select(0, timesteps.flatten())
            .to(like.dtype);
        return scope.MoveToOuter(
            timesteps.dim() == 1 ? values.view([-1, .. Enumerable.Repeat(1L, (int)like.dim() - 1)]) : values.view(timesteps.shape));
    }

    private static AudioVideo Both(Tensor timesteps) => new(timesteps, timesteps);

    private delegate Tensor Reading(PredictionKind kind, Tensor first, Tensor second, Tensor signal, Tensor noise);

    private AudioVideo Read(Reading reading, AudioVideo first, AudioVideo second, AudioVideo timesteps)
    {
        using var scope = NewDisposeScope();
        var read = first.Zip(second, timesteps, (x, y, t) =>
            reading(Configuration.Prediction, x, y, At(Schedule.SqrtAlphaBar, t, x), At(Schedule.SqrtOneMinusAlphaBar, t, x)));
        return read.MoveToOuter(scope);
    }

    private Tensor LearnedLogVariance(Tensor v, Tensor timesteps)
    {
        var fraction = v.Plus(1).DividedBy(2);
        var (largest, smallest) = (At(Schedule.LogBetas, timesteps, v), At(Schedule.PosteriorLogVarianceClipped, timesteps, v));
        return (fraction * largest).Plus(fraction.SubtractedFrom(1) * smallest);
    }
}

/// <summary>A normal distribution with independent elements over a joint state.</summary>
/// <param name="Mean">The mean, of the state's shape.</param>
/// <param name="LogVariance">The logarithm of the variance: of the state's shape, or one value per sample shaped to broadcast.</param>
public sealed record GaussianMoments(AudioVideo Mean, AudioVideo LogVariance);
