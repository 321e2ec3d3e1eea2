using System.Numerics;
using System.Runtime.CompilerServices;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// The formula of one AdamW step: p ← (1 − η·λ)·p − η·m̂/(√v̂ + ε), with m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g².
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
