namespace MmDiffusion.Training;

/// <summary>
/// Losses of batches, smoothed: a batch's loss depends on the timesteps it happened to draw. The average is exponential, and corrected for its
/// beginning, so that it is the plain mean of the first few.
/// </summary>
/// <param name="rate">How much of the average stays at each loss, in [0, 1). 0.98 by default: that of the last fifty or so.</param>
public sealed class SmoothedLoss(double rate = 0.98)
{
    private double _sum;
    private double _weight;

    /// <summary>The average; NaN before the first.</summary>
    public double Value => _weight > 0 ? _sum / _weight : double.NaN;

    /// <summary>Adds a loss.</summary>
    public void Add(double loss) => (_sum, _weight) = (rate * _sum + (1 - rate) * loss, rate * _weight + (1 - rate));
}
