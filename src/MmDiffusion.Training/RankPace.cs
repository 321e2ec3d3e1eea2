using System.Globalization;
using System.Text;
using MmDiffusion.Collectives;

namespace MmDiffusion.Training;

/// <summary>Watches how long ranks compute, and names one that all the others wait for.</summary>
internal sealed class RankPace
{
    // Less is the difference between two runs of the same work; and once is chance.
    private const double Slow = 1.5;

    private readonly List<string> _machines;
    private readonly double[] _seconds;
    private int _steps;
    private int? _suspect;
    private int? _named;

    internal RankPace(ICollective ranks)
    {
        _machines = [.. ranks.AllGather(Encoding.UTF8.GetBytes(Environment.MachineName)).Select(Encoding.UTF8.GetString)];
        _seconds = new double[ranks.Size];
    }

    internal void Add(IReadOnlyList<double> seconds)
    {
        _steps++;
        for (var rank = 0; rank < _seconds.Length; rank++) _seconds[rank] += seconds[rank];
    }

    /// <summary>
    /// What to tell of the steps since the last call: that a rank is slow, the second time in a row that it stands out, or that it no
    /// longer is. Null where nothing changed, since a run may take days.
    /// </summary>
    internal string? TakeNotice()
    {
        var slowest = Array.IndexOf(_seconds, _seconds.Max());
        var others = _seconds.Where((_, rank) => rank != slowest).Order().ToList();
        var (most, usual, steps) = (_seconds[slowest], others.Count == 0 ? double.PositiveInfinity : others[others.Count / 2], _steps);
        var (before, suspect) = (_suspect, most < Slow * usual ? null : (int?)slowest);
        Array.Clear(_seconds);
        (_steps, _suspect) = (0, suspect);
        if (suspect != before || suspect == _named) return null;
        (before, _named) = (_named, suspect);
        return suspect is null ? $"rank {before} on {_machines[before!.Value]} keeps up again"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"rank {slowest} on {_machines[slowest]} takes {most / steps:0.00} s for a part of a batch, the others "
                + $"{usual / steps:0.00} s; all wait for it");
    }
}

/// <summary>
/// Losses of batches, smoothed: a batch's loss depends on the timesteps it happened to draw. The average is exponential, and corrected for
/// its beginning, so that it is the plain mean of the first few.
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
