using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>The steps of AdamW over all parameters.</summary>
internal sealed class AdamStep(IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> gradients, IReadOnlyList<Tensor> firstMoments, IReadOnlyList<Tensor> secondMoments) : IParameterWork
{
    /// <summary>Of the next step.</summary>
    internal AdamCoefficients Coefficients { get; set; }

    public Action<int, long, int>? InMemory()
    {
        if (!FlatPieces<float>.TryGet(parameters, ScalarType.Float32, out var p) || !FlatPieces<float>.TryGet(gradients, ScalarType.Float32, out var g)
            || !FlatPieces<float>.TryGet(firstMoments, ScalarType.Float32, out var m) || !FlatPieces<float>.TryGet(secondMoments, ScalarType.Float32, out var v)) return null;
        return (parameter, first, count) => Coefficients.Apply(p[parameter, first, count], g[parameter, first, count], m[parameter, first, count], v[parameter, first, count]);
    }

    public void AsTensors()
    {
        for (var i = 0; i < parameters.Count; i++) Coefficients.Apply(parameters[i], gradients[i], firstMoments[i], secondMoments[i]);
    }
}
