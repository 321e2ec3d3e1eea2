using System.ComponentModel;
using System.Text.Json.Serialization;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Diffusion.Losses;

/// <summary>
/// What a joint model is trained to do, as shares of its training samples; the rest are the paper's: one timestep for both modalities. One
/// model then knows the joint distribution, both conditionals and both marginals (UniDiffuser, arXiv 2303.06555; MoNL, 2405.13762), and
/// clips of which frames are given (RaMViD, 2206.07696; MCVD, 2205.09853).
/// </summary>
/// <remarks>
/// With a timestep t of the sample and another t₂, both as training draws them, T for noise alone, and K some of the frames:
/// <code>
///                video             audio
/// joint          t                 t
/// given          clean | t         t | clean
/// independent    t                 t₂
/// marginal       t | T             T | t
/// frames         t, given in K     the same K; or t, or clean, throughout; or the other way round
/// </code>
/// What is clean, given or at T bears no loss.
/// </remarks>
public sealed record TaskShares
{
    /// <summary>Share of samples of which one modality is given, each as often as the other. 0 by default.</summary>
    public double Given { get; init; }

    /// <summary>Share of samples whose modalities have timesteps of their own. 0 by default.</summary>
    public double Independent { get; init; }

    /// <summary>Share of samples of which one modality is noise alone, each as often as the other. 0 by default.</summary>
    public double Marginal { get; init; }

    /// <summary>
    /// Share of samples of which frames are given, with their audio in half of them: a prefix, a suffix, both, or any frames, each in a
    /// quarter. 0 by default.
    /// </summary>
    public double Frames { get; init; }

    /// <summary>
    /// The most noise that given frames have, as a share of all timesteps in [0, 0.05]: each sample's is drawn from 0 to there and told to
    /// the network, so that a model learns to continue from frames that it made itself. 0 by default.
    /// </summary>
    public double FrameNoise { get; init; }

    /// <summary>
    /// Share of samples whose label the network is not told, so that it can be guided from none to one (Ho and Salimans, arXiv 2207.12598).
    /// 0.1 by default; without effect on a network that knows no labels.
    /// </summary>
    public double Unlabelled { get; init; } = 0.1;

    /// <summary>Whether any sample is other than joint.</summary>
    [JsonIgnore]
    public bool IsMixed => Given + Independent + Marginal + Frames > 0;

    /// <summary>Adds what is wrong to a list.</summary>
    /// <param name="errors">The list.</param>
    /// <param name="frames">Frames of a clip.</param>
    internal void Validate(ValidationErrors errors, int frames)
    {
        foreach (var (name, share) in new[]
        {
            ("given", Given), ("independent", Independent), ("marginal", Marginal), ("frames", Frames), ("unlabelled", Unlabelled),
        })
            errors.Require(share is >= 0 and <= 1, $"tasks.{name} is {share}, expected 0 to 1");
        errors.Require(
            Given + Independent + Marginal + Frames is not > 1 + 1e-9,
            $"the shares of tasks sum to {Given + Independent + Marginal + Frames}, expected at most 1");
        errors.Require(FrameNoise is >= 0 and <= 0.05, $"tasks.frame_noise is {FrameNoise}, expected 0 to 0.05");
        errors.Require(
            Frames == 0 || frames >= 4,
            $"tasks.frames is {Frames} for clips of {frames} frames, expected clips of at least 4, or 0");
    }

    /// <summary>Draws the task of each sample.</summary>
    /// <param name="timesteps">int64 [B], t.</param>
    /// <param name="steps">Number of timesteps.</param>
    /// <param name="frames">Frames of a clip, F.</param>
    /// <param name="random">Where it comes from; what a share of 0 would need is not drawn.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public NoisePlan Draw(Tensor timesteps, int steps, int frames, IRandomSource random)
    {
        if (!IsMixed) return new NoisePlan(timesteps);
        using var scope = NewDisposeScope();
        var batch = timesteps.size(0);
        var which = random.Uniform(batch).data<float>().ToArray();
        var first = timesteps.cpu().data<long>().ToArray();
        var second = Independent > 0 ? random.Integers(steps, batch).data<long>().ToArray() : first;
        var known = Frames > 0 ? GivenFrames.Draw(batch, frames, (int)(FrameNoise * steps), random) : null;
        var width = Frames > 0 ? frames : 1;
        var parts = new Part[batch, 2, width];
        for (var sample = 0; sample < batch; sample++)
        {
            var (video, audio) = PartsOf(which[sample], first[sample], second[sample], steps, known?[sample]);
            for (var frame = 0; frame < width; frame++) (parts[sample, 0, frame], parts[sample, 1, frame]) = (video(frame), audio(frame));
        }
        long[] shape = Frames > 0 ? [batch, 2, frames] : [batch, 2];
        var all = parts.Cast<Part>().ToArray();
        var plan = new NoisePlan(
            tensor(all.Select(part => part.Timestep).ToArray(), shape, device: timesteps.device),
            tensor(all.Select(part => part.Role == Role.Given).ToArray(), shape, device: timesteps.device),
            Marginal > 0 ? tensor(all.Select(part => part.Role == Role.Absent).ToArray(), shape, device: timesteps.device) : null);
        foreach (var each in new[] { plan.Timesteps, plan.Given, plan.Absent }.OfType<Tensor>()) scope.MoveToOuter(each);
        return plan;
    }

    /// <summary>The noise of both modalities of a sample, by frame.</summary>
    private (Func<int, Part> Video, Func<int, Part> Audio) PartsOf(float which, long t, long t2, int steps, GivenFrames? known)
    {
        var (predicted, clean, absent) = (new Part(t, Role.Predicted), new Part(0, Role.Given), new Part(steps - 1, Role.Absent));
        var passed = 0.0;
        if (Falls(Given / 2)) return (_ => clean, _ => predicted);
        if (Falls(Given / 2)) return (_ => predicted, _ => clean);
        if (Falls(Independent)) return (_ => predicted, _ => new Part(t2, Role.Predicted));
        if (Falls(Marginal / 2)) return (_ => predicted, _ => absent);
        if (Falls(Marginal / 2)) return (_ => absent, _ => predicted);
        if (known is null || !Falls(Frames)) return (_ => predicted, _ => predicted);
        Func<int, Part> frames = frame => known.Frames[frame] ? new Part(known.Timestep, Role.Given) : predicted;
        Func<int, Part> other = known.Other switch
        {
            OtherModality.SameFrames => frames,
            OtherModality.Given => _ => clean,
            _ => _ => predicted,
        };
        return known.OfVideo ? (frames, other) : (other, frames);

        bool Falls(double share) => which < (float)(passed += share);
    }

    private enum Role { Predicted, Given, Absent }

    private enum OtherModality { SameFrames, Given, Predicted }

    private readonly record struct Part(long Timestep, Role Role);

    /// <summary>Which frames of a sample are given, how noisy, and what becomes of the other modality.</summary>
    private sealed record GivenFrames(bool[] Frames, long Timestep, bool OfVideo, OtherModality Other)
    {
        internal static GivenFrames[] Draw(long batch, int frames, int mostNoise, IRandomSource random)
        {
            const int draws = 5; // pattern, two lengths, modalities, noise
            var numbers = random.Uniform(batch, draws).data<float>().ToArray();
            var order = random.Uniform(batch, frames).data<float>().ToArray();
            return [.. Enumerable.Range(0, (int)batch).Select(sample =>
                Of(numbers.AsSpan(sample * draws, draws), order.AsSpan(sample * frames, frames).ToArray(), mostNoise))];
        }

        private static GivenFrames Of(ReadOnlySpan<float> numbers, float[] order, int mostNoise)
        {
            var frames = order.Length;
            var (first, second) = (numbers[1], numbers[2]);
            var known = new bool[frames];
            switch ((int)(numbers[0] * 4))
            {
                case 0: // a prefix of 1 to F/2 frames
                    known.AsSpan(0, Length(first, frames / 2)).Fill(true);
                    break;
                case 1: // a suffix
                    known.AsSpan(frames - Length(first, frames / 2)).Fill(true);
                    break;
                case 2: // both, of 1 to F/4 frames each
                    known.AsSpan(0, Length(first, frames / 4)).Fill(true);
                    known.AsSpan(frames - Length(second, frames / 4)).Fill(true);
                    break;
                default: // any 1 to F-1 frames
                    foreach (var frame in Enumerable.Range(0, frames).OrderBy(frame => order[frame]).Take(Length(first, frames - 1)))
                        known[frame] = true;
                    break;
            }
            var (ofVideo, other) = (int)(numbers[3] * 8) switch
            {
                < 4 => (true, OtherModality.SameFrames),
                4 => (true, OtherModality.Predicted),
                5 => (true, OtherModality.Given),
                6 => (false, OtherModality.Predicted),
                _ => (false, OtherModality.Given),
            };
            return new GivenFrames(known, (long)(numbers[4] * (mostNoise + 1)), ofVideo, other);
        }

        private static int Length(float number, int most) => 1 + (int)(number * Math.Max(most, 1));
    }
}
