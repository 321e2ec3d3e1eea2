using System.Numerics;
using System.Runtime.CompilerServices;
using MmDiffusion.Kernels;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>How a moving average forgets: at step t, average ← β(t)·average + (1 − β(t))·parameter.</summary>
/// <param name="Name">Names it in a run's state, and among others of one run.</param>
/// <param name="Kept">β(t), for t of 1 and more.</param>
public sealed record AverageProfile(string Name, Func<long, double> Kept)
{
    /// <summary>The usual exponential average: β is the same at every step.</summary>
    /// <param name="rate">β, in [0, 1). The paper's is 0.9999.</param>
    /// <exception cref="MmDiffusionException">The rate is out of range.</exception>
    public static AverageProfile Exponential(double rate) => rate is >= 0 and < 1
        ? new(FormattableString.Invariant($"{rate}"), _ => rate)
        : throw new MmDiffusionException($"the rate of the moving average is {rate}, expected 0 or more and less than 1, usually 0.9999");

    /// <summary>
    /// The power-function average (Karras et al., arXiv 2312.02696, equation 5), which grows with the training: β(t) = (1 − 1/t)^(γ+1).
    /// </summary>
    /// <param name="width">
    /// Its relative width σ_rel, in (0, <see cref="PostHocAverage.LargestWidth"/>]; what it remembers has this standard deviation, as a
    /// share of the steps.
    /// </param>
    /// <exception cref="MmDiffusionException">The width is out of range.</exception>
    public static AverageProfile PowerFunction(double width)
    {
        var exponent = PostHocAverage.ExponentOf(width);
        return new(FormattableString.Invariant($"power_{width}"), step => Math.Pow(1 - 1.0 / step, exponent + 1));
    }
}

/// <summary>A moving average of a network's parameters, which samples better than the parameters themselves.</summary>
public sealed class MovingAverage : IParameterWork, IDisposable
{
    private readonly IReadOnlyList<Tensor> _followed;
    private readonly List<Tensor> _averages;
    private double _kept;

    /// <summary>Starts from the parameters as they are.</summary>
    /// <param name="parameters">What is followed, float32; not owned.</param>
    /// <param name="profile">How it forgets.</param>
    public MovingAverage(IEnumerable<Tensor> parameters, AverageProfile profile)
    {
        Profile = profile;
        Begin(step: 1);
        _followed = [.. parameters];
        using var noGradient = no_grad();
        _averages = [.. _followed.Select(parameter => parameter.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>How it forgets.</summary>
    public AverageProfile Profile { get; }

    /// <summary>The averages, in the order of the parameters.</summary>
    public IReadOnlyList<Tensor> Averages => _averages;

    /// <summary>average ← β(t)·average + (1 − β(t))·parameter.</summary>
    /// <param name="step">t, 1 or more.</param>
    public void Update(long step)
    {
        Begin(step);
        new ParameterPass(_followed, this).Make();
    }

    /// <summary>Sets the step of the next pass.</summary>
    internal void Begin(long step) => _kept = Profile.Kept(step);

    Action<int, long, int>? IParameterWork.InMemory()
    {
        if (!FlatPieces<float>.TryGet(_averages, ScalarType.Float32, out var averages)
            || !FlatPieces<float>.TryGet(_followed, ScalarType.Float32, out var parameters)) return null;
        return (parameter, first, count) => Update(averages[parameter, first, count], parameters[parameter, first, count]);
    }

    void IParameterWork.AsTensors()
    {
        for (var i = 0; i < _averages.Count; i++) _averages[i].MultiplyInPlace(_kept).AddInPlace(_followed[i], 1 - _kept);
    }

    /// <inheritdoc/>
    public void Dispose() => _averages.ForEach(average => average.Dispose());

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Update(Span<float> average, ReadOnlySpan<float> parameter)
    {
        var (kept, added) = ((float)_kept, (float)(1 - _kept));
        var i = 0;
        for (; i <= average.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(average[i..]) * kept + new Vector<float>(parameter[i..]) * added).CopyTo(average[i..]);
        for (; i < average.Length; i++) average[i] = average[i] * kept + parameter[i] * added;
    }
}
