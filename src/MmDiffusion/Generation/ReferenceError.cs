namespace MmDiffusion.Generation;

/// <summary>How far an output is from what was recorded.</summary>
/// <param name="Tensor">Name of the recorded output.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Error">The largest difference, relative to the largest recorded value.</param>
/// <param name="Tolerance">The largest error that passes.</param>
public sealed record ReferenceError(string Tensor, IReadOnlyList<long> Shape, double Error, double Tolerance)
{
    /// <summary>Whether the output agrees; a value that is no number does not.</summary>
    public bool Agrees => Error <= Tolerance;
}
