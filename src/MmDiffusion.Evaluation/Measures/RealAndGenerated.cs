namespace MmDiffusion.Evaluation.Measures;

/// <summary>The same of both sets.</summary>
/// <typeparam name="T">What is measured of each.</typeparam>
/// <param name="Real">Of the real clips.</param>
/// <param name="Generated">Of the generated clips.</param>
public sealed record RealAndGenerated<T>(T Real, T Generated)
{
    internal RealAndGenerated<TResult> Map<TResult>(Func<T, TResult> map) => new(map(Real), map(Generated));
}
