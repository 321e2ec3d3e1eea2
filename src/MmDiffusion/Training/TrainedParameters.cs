using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// The parameters of a network in training, in float32 whatever the network computes in: where it computes in bfloat16, float32 master
/// weights stand behind its own, and gradients are summed in float32.
/// </summary>
internal sealed class TrainedParameters : IDisposable
{
    private readonly List<Parameter> _parameters;
    private readonly List<Tensor> _masters;
    private readonly List<Tensor> _gradients;
    private readonly Tensor _flatGradient;

    // Vectors of the processor fit whole into every parameter's place.
    private const long Alignment = 16;

    /// <param name="network">With its weights as training starts or goes on, float32.</param>
    /// <param name="convert">Changes the network to the type it computes in.</param>
    internal TrainedParameters(nn.Module network, Action convert)
    {
        using var noGradient = no_grad();
        var names = new List<string>();
        var originals = network.named_parameters().Select(entry => entry.parameter.detach().clone()).ToList();
        convert();
        (_parameters, _masters, _gradients) = ([], [], []);
        // One piece of memory, so that it is added up and sent to other machines as one.
        _flatGradient = zeros(network.parameters().Sum(Room), ScalarType.Float32, network.parameters().First().device).DetachFromDisposeScope();
        var start = 0L;
        foreach (var ((name, parameter), original) in network.named_parameters().Zip(originals))
        {
            names.Add(name);
            _parameters.Add(parameter);
            _masters.Add((parameter.dtype == ScalarType.Float32 ? parameter.detach() : original).DetachFromDisposeScope());
            using (var place = _flatGradient.narrow(0, start, parameter.numel())) _gradients.Add(place.view(parameter.shape).DetachFromDisposeScope());
            start += Room(parameter);
            if (parameter.dtype != ScalarType.Float32) continue;
            // The backward pass adds to what it finds.
            parameter.grad = _gradients[^1];
            original.Dispose();
        }
        Names = names;
    }

    /// <summary>Names as in the checkpoints.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>The values, float32, in the order of the names.</summary>
    internal IReadOnlyList<Tensor> Values => _masters;

    /// <summary>Sums of the gradients so far, float32, in the order of the names.</summary>
    internal IReadOnlyList<Tensor> Gradients => _gradients;

    /// <summary>All of <see cref="Gradients"/> in one tensor, with zeros between them.</summary>
    internal Tensor FlatGradient => _flatGradient;

    /// <summary>Adds what a backward pass left in bfloat16 to <see cref="Gradients"/>.</summary>
    internal void CollectGradients()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (parameter, sum) in _parameters.Zip(_gradients))
        {
            if (parameter.dtype == ScalarType.Float32 || parameter.grad is not { } gradient) continue;
            sum.add_(gradient);
            gradient.zero_();
        }
    }

    /// <summary>The length of all gradients as one vector.</summary>
    internal double GradientNorm()
    {
        using var scope = NewDisposeScope();
        return Math.Sqrt(_gradients.Sum(gradient => gradient.square().sum(ScalarType.Float64).item<double>()));
    }

    /// <summary>Hands the values to the network.</summary>
    internal void Publish()
    {
        using var noGradient = no_grad();
        foreach (var (parameter, master) in _parameters.Zip(_masters))
            if (parameter.dtype != ScalarType.Float32) parameter.copy_(master);
    }

    public void Dispose()
    {
        foreach (var tensor in _masters.Concat(_gradients).Append(_flatGradient)) tensor.Dispose();
    }

    private static long Room(Tensor parameter) => (parameter.numel() + Alignment - 1) / Alignment * Alignment;
}
