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
    internal AdamCoefficients NextCoefficients(double learningRate, double gradientScale) => new(Options, ++Steps, learningRate, gradientScale);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var moment in _firstMoments.Concat(_secondMoments)) moment.Dispose();
    }

    private static Tensor NewMoment(Tensor parameter) => zeros(parameter.shape, ScalarType.Float32, parameter.device).DetachFromDisposeScope();
}
