using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>A tensor in a file, by what is known without reading it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type it is stored in.</param>
/// <param name="Shape">Its shape; empty for a single number.</param>
public sealed record WeightEntry(string Name, ScalarType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, extent) => product * extent);
}
