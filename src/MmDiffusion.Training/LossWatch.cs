using System.Globalization;

namespace MmDiffusion.Training;

/// <summary>
/// Notices that a training diverges though its loss is still finite: the smoothed loss is many times its lowest; or, in the first steps,
/// many times that of a network that predicts zeros, which is about 1.
/// </summary>
internal sealed class LossWatch
{
    // With batches of one, losses scatter by two orders of magnitude, and means over the last two hundred or so by a factor of three.
    private const double Rate = 0.995;
    private const int FirstLosses = 100;
    private const double Most = 5;
    private const double MostAtFirst = 10;

    private readonly SmoothedLoss _smoothed = new(Rate);
    private int _count;
    private double _first;
    private double _lowest = double.PositiveInfinity;
    private long _lowestStep;
    private bool _isOut;

    /// <summary>Adds the loss of a step that was made by an earlier process.</summary>
    internal void Recall(long step, double loss)
    {
        Add(step, loss);
        // It is told again by the process that continues.
        _isOut = false;
    }

    /// <summary>Adds the loss of a step.</summary>
    /// <returns>A sentence where it has just left its range; null otherwise.</returns>
    internal string? Add(long step, double loss)
    {
        _smoothed.Add(loss);
        if (_count++ == 0) _first = loss;
        var (value, wasOut) = (_smoothed.Value, _isOut);
        if (_count >= FirstLosses && value < _lowest) (_lowest, _lowestStep) = (value, step);
        _isOut = _count < FirstLosses ? value > MostAtFirst * Math.Max(1, _first) : value > Most * _lowest;
        if (!_isOut || wasOut) return null;
        var compared = _count < FirstLosses
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", {value / _lowest:G2} times its lowest, {_lowest:G3} at step {_lowestStep}");
        return string.Create(CultureInfo.InvariantCulture,
            $"the loss is {value:G4} at step {step}{compared}: the training diverges; stop it, and resume from a checkpoint before that "
            + $"with a lower learning_rate, or with gradient_clip");
    }
}
