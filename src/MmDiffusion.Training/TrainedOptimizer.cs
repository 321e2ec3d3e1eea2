using MmDiffusion.Collectives;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// AdamW over the parameters in training: on every rank over all of them, or on each over its shard (ZeRO-1), after which the weights are
/// gathered. Both make the same weights, bit for bit.
/// </summary>
internal sealed class TrainedOptimizer : IDisposable
{
    private readonly TrainedParameters _parameters;
    private readonly GradientExchange _exchange;
    private readonly ICollective _ranks;
    private readonly bool _sharded;
    private readonly IReadOnlyList<Tensor> _values;
    private readonly IReadOnlyList<Tensor> _gradients;
    private readonly AdamW _adam;
    private readonly AdamStep _step;
    private readonly ParameterPass _update;
    private readonly ParameterPass? _afterGathering;
    private IReadOnlyList<Tensor>[]? _restored;

    /// <param name="parameters">What is trained.</param>
    /// <param name="exchange">How ranks share gradients.</param>
    /// <param name="ranks">Who else trains.</param>
    /// <param name="options">Rates.</param>
    /// <param name="sharded">Whether each rank has its shard alone.</param>
    /// <param name="then">What follows every step, of all parameters' new values.</param>
    internal TrainedOptimizer(
        TrainedParameters parameters,
        GradientExchange exchange,
        ICollective ranks,
        AdamWOptions options,
        bool sharded,
        IReadOnlyList<IParameterWork> then)
    {
        (_parameters, _exchange, _ranks, _sharded) = (parameters, exchange, ranks, sharded && ranks.Size > 1);
        (_values, _gradients) = _sharded ? parameters.Slices(exchange.Shards) : (parameters.Values, parameters.Gradients);
        _adam = new AdamW(_values, options);
        _step = _adam.StepWith(_gradients);
        _update = new ParameterPass(_values, _sharded ? [_step] : [_step, .. then]);
        _afterGathering = _sharded ? new ParameterPass(parameters.Values, then) : null;
    }

    /// <summary>Steps made.</summary>
    internal long Steps
    {
        get => _adam.Steps;
        set => _adam.Steps = value;
    }

    /// <summary>Averages of the gradients, then of their squares.</summary>
    internal static IReadOnlyList<string> Moments { get; } = ["first_moment", "second_moment"];

    /// <summary>The length of the summed gradient.</summary>
    internal double GradientNorm() =>
        _sharded
            ? Training.GradientNorm.Of(_parameters.FlatGradient, _exchange.Shards, _ranks)
            : Training.GradientNorm.Of(_parameters.FlatGradient, [new Shard(0, _parameters.FlatGradient.numel())], null);

    /// <summary>Makes a step, and what follows. Where the optimiser is sharded, the gradient is of no use afterwards.</summary>
    internal void Step(double learningRate, double gradientScale)
    {
        _step.Coefficients = _adam.NextCoefficients(learningRate, gradientScale);
        _update.Make();
        if (_afterGathering is null) return;
        GatherIntoGradient(_values);
        Copy(_parameters.Gradients, _parameters.Values);
        _afterGathering.Make();
    }

    /// <summary>
    /// Whole moments, in the order of the parameters, valid until anything else is called. Where they are sharded, all ranks have to ask.
    /// </summary>
    /// <param name="which">0 or 1, as <see cref="Moments"/>.</param>
    internal IReadOnlyList<Tensor> MomentsOf(int which)
    {
        if (!_sharded) return Own(which);
        GatherIntoGradient(Own(which));
        return _parameters.Gradients;
    }

    /// <summary>What a checkpoint's moments are put into, on the first rank.</summary>
    /// <param name="which">0 or 1, as <see cref="Moments"/>.</param>
    internal IReadOnlyList<Tensor> MomentsToRestore(int which)
    {
        if (!_sharded) return Own(which);
        _restored ??= [New(), New()];
        return _restored[which];

        IReadOnlyList<Tensor> New() => [.. _parameters.Values.Select(value => zeros_like(value).DetachFromDisposeScope())];
    }

    /// <summary>Gives every rank what it needs of the first's moments.</summary>
    internal void Share()
    {
        for (var which = 0; which < Moments.Count; which++)
        {
            if (!_sharded)
            {
                foreach (var moment in Own(which)) _ranks.Broadcast(moment, root: 0);
                continue;
            }
            if (_restored is not null) Copy(_restored[which], _parameters.Gradients);
            _ranks.Broadcast(_parameters.FlatGradient, root: 0);
            Copy(_gradients, Own(which));
        }
        ForgetRestored();
    }

    public void Dispose()
    {
        _adam.Dispose();
        ForgetRestored();
        if (!_sharded) return;
        foreach (var slice in _values.Concat(_gradients)) slice.Dispose();
    }

    private IReadOnlyList<Tensor> Own(int which) => which == 0 ? _adam.FirstMoments : _adam.SecondMoments;

    // The gradient's memory has room for anything that is as large, and is not needed between steps.
    private void GatherIntoGradient(IReadOnlyList<Tensor> slices)
    {
        Copy(slices, _gradients);
        foreach (var bucket in _exchange.Buckets) _ranks.AllGather(bucket);
    }

    private static void Copy(IReadOnlyList<Tensor> from, IReadOnlyList<Tensor> to)
    {
        using var noGradient = no_grad();
        for (var i = 0; i < to.Count; i++) to[i].copy_(from[i]);
    }

    private void ForgetRestored()
    {
        foreach (var tensor in _restored?.SelectMany(tensors => tensors) ?? []) tensor.Dispose();
        _restored = null;
    }
}
