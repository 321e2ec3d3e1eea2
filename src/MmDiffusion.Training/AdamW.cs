using System.Numerics;
using System.Runtime.CompilerServices;
using MmDiffusion.Kernels;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2019) over float32 tensors: one pass over memory on a CPU, whose results are PyTorch's but for rounding.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly IReadOnlyList<Tensor> _parameters;
    private readonly List<Tensor> _firstMoments;
    private readonly List<Tensor> _secondMoments;

    /// <summary>Starts with moments of zero.</summary>
    /// <param name="parameters">float32 and contiguous; not owned.</param>
    /// <param name="options">Rates.</param>
    /// <exception cref="MmDiffusionException">A rate is out of range.</exception>
    public AdamW(IReadOnlyList<Tensor> parameters, AdamWOptions? options = null)
    {
        Options = options ?? new AdamWOptions();
        Options.Validate();
        _parameters = parameters;
        _firstMoments = [.. parameters.Select(NewMoment)];
        _secondMoments = [.. parameters.Select(NewMoment)];
    }

    /// <summary>Its rates.</summary>
    public AdamWOptions Options { get; }

    /// <summary>Steps made.</summary>
    public long Steps { get; set; }

    /// <summary>Averages of the gradients, in the order of the parameters.</summary>
    public IReadOnlyList<Tensor> FirstMoments => _firstMoments;

    /// <summary>Averages of the squared gradients, in the order of the parameters.</summary>
    public IReadOnlyList<Tensor> SecondMoments => _secondMoments;

    /// <summary>Makes a step.</summary>
    /// <param name="gradients">float32, shaped as the parameters, in their order.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="gradientScale">Factor of every gradient, as clipping asks for.</param>
    public void Step(IReadOnlyList<Tensor> gradients, double learningRate, double gradientScale = 1)
    {
        var step = StepWith(gradients);
        step.Coefficients = NextCoefficients(learningRate, gradientScale);
        new ParameterPass(_parameters, step).Make();
    }

    /// <summary>Steps with gradients that are always in the same tensors, for a pass with other works.</summary>
    internal AdamStep StepWith(IReadOnlyList<Tensor> gradients) => new(_parameters, gradients, _firstMoments, _secondMoments);

    /// <summary>Counts a step, and gives what it is made with.</summary>
    internal AdamCoefficients NextCoefficients(double learningRate, double gradientScale) =>
        new(Options, ++Steps, learningRate, gradientScale);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var moment in _firstMoments.Concat(_secondMoments)) moment.Dispose();
    }

    private static Tensor NewMoment(Tensor parameter) =>
        zeros(parameter.shape, ScalarType.Float32, parameter.device).DetachFromDisposeScope();
}

/// <summary>Rates of <see cref="AdamW"/>. The defaults are the paper's (Table 1) and PyTorch's.</summary>
public sealed record AdamWOptions
{
    /// <summary>How much of the average of gradients stays at each step, in [0, 1). 0.9 by default.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>How much of the average of squared gradients stays at each step, in [0, 1). 0.999 by default.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Keeps steps finite where gradients vanish, above 0. 1e-8 by default.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Shrinks parameters by this share of the learning rate at each step, at least 0. 0 by default.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Checks every setting.</summary>
    /// <exception cref="MmDiffusionException">Names everything that is wrong.</exception>
    public void Validate()
    {
        var errors = new ValidationErrors();
        Check(errors);
        errors.ThrowIfAny("the optimiser's configuration");
    }

    internal void Check(ValidationErrors errors)
    {
        errors.Require(Beta1 is >= 0 and < 1, $"beta1 is {Beta1}, expected 0 or more and less than 1");
        errors.Require(Beta2 is >= 0 and < 1, $"beta2 is {Beta2}, expected 0 or more and less than 1");
        errors.Require(Epsilon > 0, $"epsilon is {Epsilon}, expected above 0");
        errors.Require(WeightDecay >= 0, $"weight_decay is {WeightDecay}, expected 0 or more");
    }
}

/// <summary>
/// The formula of one AdamW step: p ← (1 − η·λ)·p − η·m̂/(√v̂ + ε), with m ← β₁m + (1−β₁)g, v ← β₂v +
/// (1−β₂)g².
/// </summary>
internal readonly struct AdamCoefficients(AdamWOptions options, long step, double learningRate, double gradientScale)
{
    private readonly float _beta1 = (float)options.Beta1;
    private readonly float _oneMinusBeta1 = (float)(1 - options.Beta1);
    private readonly float _beta2 = (float)options.Beta2;
    private readonly float _oneMinusBeta2 = (float)(1 - options.Beta2);
    private readonly float _kept = (float)(1 - learningRate * options.WeightDecay);
    private readonly float _stepSize = (float)(learningRate / (1 - Math.Pow(options.Beta1, step)));
    private readonly float _inverseRoot = (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, step)));
    private readonly float _epsilon = (float)options.Epsilon;
    private readonly float _scale = (float)gradientScale;

    /// <summary>Updates a parameter and its moments in place, in memory of any device.</summary>
    internal void Apply(Tensor parameter, Tensor gradient, Tensor m, Tensor v)
    {
        using var scope = NewDisposeScope();
        var g = gradient.Times(_scale);
        m.MultiplyInPlace(_beta1).AddInPlace(g, _oneMinusBeta1);
        v.MultiplyInPlace(_beta2).AddProductInPlace(g, g, _oneMinusBeta2);
        parameter.MultiplyInPlace(_kept).AddQuotientInPlace(m, v.sqrt().MultiplyInPlace(_inverseRoot).AddInPlace(_epsilon), -_stepSize);
    }

    /// <summary>The same of values where they lie in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Apply(Span<float> p, ReadOnlySpan<float> g, Span<float> m, Span<float> v)
    {
        var i = 0;
        for (; i <= p.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var gradient = new Vector<float>(g[i..]) * _scale;
            var first = new Vector<float>(m[i..]) * _beta1 + gradient * _oneMinusBeta1;
            var second = new Vector<float>(v[i..]) * _beta2 + gradient * gradient * _oneMinusBeta2;
            var change = first * _stepSize / (Vector.SquareRoot(second) * _inverseRoot + new Vector<float>(_epsilon));
            (new Vector<float>(p[i..]) * _kept - change).CopyTo(p[i..]);
            first.CopyTo(m[i..]);
            second.CopyTo(v[i..]);
        }
        for (; i < p.Length; i++)
        {
            var gradient = g[i] * _scale;
            m[i] = m[i] * _beta1 + gradient * _oneMinusBeta1;
            v[i] = v[i] * _beta2 + gradient * gradient * _oneMinusBeta2;
            p[i] = p[i] * _kept - m[i] * _stepSize / (MathF.Sqrt(v[i]) * _inverseRoot + _epsilon);
        }
    }
}

/// <summary>The steps of AdamW over all parameters.</summary>
internal sealed class AdamStep(
    IReadOnlyList<Tensor> parameters,
    IReadOnlyList<Tensor> gradients,
    IReadOnlyList<Tensor> firstMoments,
    IReadOnlyList<Tensor> secondMoments) : IParameterWork
{
    /// <summary>Of the next step.</summary>
    internal AdamCoefficients Coefficients { get; set; }

    public Action<int, long, int>? InMemory()
    {
        if (!FlatPieces<float>.TryGet(parameters, ScalarType.Float32, out var p)
            || !FlatPieces<float>.TryGet(gradients, ScalarType.Float32, out var g)
            || !FlatPieces<float>.TryGet(firstMoments, ScalarType.Float32, out var m)
            || !FlatPieces<float>.TryGet(secondMoments, ScalarType.Float32, out var v)) return null;
        return (parameter, first, count) =>
            Coefficients.Apply(
                p[parameter, first, count],
                g[parameter, first, count],
                m[parameter, first, count],
                v[parameter, first, count]);
    }

    public void AsTensors()
    {
        for (var i = 0; i < parameters.Count; i++) Coefficients.Apply(parameters[i], gradients[i], firstMoments[i], secondMoments[i]);
    }
}
