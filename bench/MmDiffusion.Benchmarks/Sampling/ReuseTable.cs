using System.Globalization;
using MmDiffusion.Cli.Benchmarking;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Model;

namespace MmDiffusion.Benchmarks.Sampling;

/// <summary>
/// Prints what reusing deep features saves and how far it leads from many calls, for the embedded model: the table of docs/performance.md.
/// </summary>
internal static class ReuseTable
{
    private static readonly int[] Calls = [12, 16, 20, 24];

    private static readonly (int Interval, int Levels)[] Settings = [(1, 1), (2, 1), (3, 1), (2, 2), (3, 2)];

    /// <param name="clips">How many are sampled at once.</param>
    /// <returns>0.</returns>
    internal static int Run(int clips)
    {
        using var probe = new SamplingProbe(clips);
        SolverTable.Row("calls, every how many all, levels of each", ["GFLOP of a clip", "distance"]);
        SolverTable.Row("---", ["---", "---"]);
        foreach (var calls in Calls)
        {
            foreach (var (interval, levels) in Settings)
            {
                using var features = new DeepFeatures(interval, levels);
                var distance = probe.Distance(new UniPcSampler(probe.Process, new UniPcOptions { Steps = calls }), features);
                var operations = NetworkOperations.OfRun(probe.Description, calls, interval, levels) / 1e9;
                SolverTable.Row(
                    $"{calls}, {interval}, {levels}",
                    [operations.ToString("0.0", CultureInfo.InvariantCulture), SolverTable.Cell(distance)]);
            }
        }
        return 0;
    }
}
