using MmDiffusion.Primitives;

namespace MmDiffusion.Diffusion;

/// <summary>The latest predictions of a multistep solver, newest last, held as constants from step to step.</summary>
/// <param name="capacity">How many are kept; 0 keeps none.</param>
internal sealed class PredictionHistory(int capacity)
{
    private readonly List<(NoiseLevel Level, AudioVideo Value)> _entries = [];

    internal int Count => _entries.Count;

    /// <summary>An earlier prediction.</summary>
    /// <param name="stepsBack">1 for the newest.</param>
    internal (NoiseLevel Level, AudioVideo Value) Back(int stepsBack) => _entries[^stepsBack];

    /// <summary>Adds a prediction made in the current step and forgets the oldest.</summary>
    internal void Push(NoiseLevel level, AudioVideo value)
    {
        _entries.Add((level, SamplingRun.Keep(value)));
        if (_entries.Count <= capacity) return;
        _entries[0].Value.Dispose();
        _entries.RemoveAt(0);
    }
}
