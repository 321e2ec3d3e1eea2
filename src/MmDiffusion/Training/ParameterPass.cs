using static TorchSharp.torch;

namespace MmDiffusion.Training;

/// <summary>
/// One way through all parameters for several works: what one leaves in a core's cache the next finds there, where memory is what takes the
/// time. Where the tensors lie is found out once, which for hundreds of small ones takes as long as a work: they have to stay there.
/// </summary>
internal sealed class ParameterPass
{
    private readonly IReadOnlyList<IParameterWork> _works;
    private readonly Action<int, long, int>[] _parts;
    private readonly FlatPieces<float>? _memory;

    /// <param name="parameters">float32.</param>
    /// <param name="works">Of these parameters, done one after another.</param>
    internal ParameterPass(IReadOnlyList<Tensor> parameters, params IReadOnlyList<IParameterWork> works)
    {
        _works = works;
        _parts = [.. works.Select(work => work.InMemory()).OfType<Action<int, long, int>>()];
        if (_parts.Length == works.Count && FlatPieces<float>.TryGet(parameters, ScalarType.Float32, out var memory)) _memory = memory;
    }

    /// <summary>Goes the way once more.</summary>
    internal void Make()
    {
        using var noGradient = no_grad();
        if (_memory is { } memory) memory.InParts(DoPart);
        else foreach (var work in _works) work.AsTensors();
    }

    private void DoPart(int parameter, long first, int count)
    {
        foreach (var part in _parts) part(parameter, first, count);
    }
}
