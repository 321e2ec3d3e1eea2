namespace MmDiffusion.Data;

/// <summary>Two files that show and sound the same for a while.</summary>
/// <param name="A">Number of one file.</param>
/// <param name="B">Number of the other, larger.</param>
/// <param name="StartA">Where it begins in one, seconds.</param>
/// <param name="StartB">Where it begins in the other, seconds.</param>
/// <param name="Seconds">How long it lasts.</param>
internal sealed record Likeness(int A, int B, double StartA, double StartB, double Seconds);
