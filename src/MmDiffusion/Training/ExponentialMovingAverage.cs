using System.Numerics;
using System.Runtime.CompilerServices;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>The exponential moving average of a network's parameters, which samples better than the parameters themselves.</summary>
public sealed class ExponentialMovingAverage : IParameterWork, IDisposable
{
    private readonly IReadOnlyList<Tensor> _followed;
    private readonly List<Tensor> _averages;

    /// <summary>Starts from the parameters as they are.</summary>
    /// <param name="parameters">What is followed, float32; not owned.</param>
    /// <param name="rate">How much of the average stays at each update, in [0, 1). The paper's is 0.9999.</param>
    /// <exception cref="MmDiffusionException">The rate is out of range.</exception>
    public ExponentialMovingAverage(IEnumerable<Tensor> parameters, double rate)
    {
        if (rate is not (>= 0 and < 1)) throw new MmDiffusionException($"the rate of the moving average is {rate}, expected 0 or more and less than 1, usually 0.9999");
        Rate = rate;
        _followed = [.. parameters];
        using var noGradient = no_grad();
        _averages = [.. _followed.Select(parameter => parameter.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>How much of the average stays at each update.</summary>
    public double Rate { get; }

    /// <summary>The averages, in the order of the parameters.</summary>
    public IReadOnlyList<Tensor> Averages => _averages;

    /// <summary>average ← rate·average + (1 − rate)·parameter.</summary>
    public void Update() => new ParameterPass(_followed, this).Make();

    Action<int, long, int>? IParameterWork.InMemory()
    {
        if (!FlatPieces<float>.TryGet(_averages, ScalarType.Float32, out var averages) || !FlatPieces<float>.TryGet(_followed, ScalarType.Float32, out var parameters)) return null;
        return (parameter, first, count) => Update(averages[parameter, first, count], parameters[parameter, first, count]);
    }

    void IParameterWork.AsTensors()
    {
        for (var i = 0; i < _averages.Count; i++) _averages[i].MultiplyInPlace(Rate).AddInPlace(_followed[i], 1 - Rate);
    }

    /// <inheritdoc/>
    public void Dispose() => _averages.ForEach(average => average.Dispose());

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Update(Span<float> average, ReadOnlySpan<float> parameter)
    {
        var (kept, added) = ((float)Rate, (float)(1 - Rate));
        var i = 0;
        for (; i <= average.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(average[i..]) * kept + new Vector<float>(parameter[i..]) * added).CopyTo(average[i..]);
        for (; i < average.Length; i++) average[i] = average[i] * kept + parameter[i] * added;
    }
}
