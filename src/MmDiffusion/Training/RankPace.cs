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

    /// <summary>What to tell of the steps since the last call; null where no rank stands out again.</summary>
    internal string? TakeNotice()
    {
        var slowest = Array.IndexOf(_seconds, _seconds.Max());
        var others = _seconds.Where((_, rank) => rank != slowest).Order().ToList();
        var (most, usual, steps) = (_seconds[slowest], others.Count == 0 ? double.PositiveInfinity : others[others.Count / 2], _steps);
        var (before, suspect) = (_suspect, most < Slow * usual ? null : (int?)slowest);
        Array.Clear(_seconds);
        (_steps, _suspect) = (0, suspect);
        return suspect is null || suspect != before ? null : string.Create(
            CultureInfo.InvariantCulture, $"rank {slowest} on {_machines[slowest]} takes {most / steps:0.00} s for a part of a batch, the others {usual / steps:0.00} s; all wait for it");
    }
}
