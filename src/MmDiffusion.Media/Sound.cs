namespace MmDiffusion.Media;

/// <summary>The sound of a clip: one channel of samples at a constant rate.</summary>
/// <param name="Samples">Samples in [-1, 1].</param>
/// <param name="Rate">Samples per second.</param>
public sealed record Sound(float[] Samples, int Rate)
{
    /// <summary>Length in seconds.</summary>
    public double Duration => (double)Samples.Length / Rate;
}
