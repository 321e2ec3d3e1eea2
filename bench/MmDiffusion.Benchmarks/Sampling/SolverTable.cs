using System.Globalization;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Diffusion.Schedules;

namespace MmDiffusion.Benchmarks.Sampling;

/// <summary>
/// Prints how far each solver with each spacing ends from many calls, for the embedded model: the table of docs/samplers.md.
/// </summary>
internal static class SolverTable
{
    private static readonly int[] Calls = [8, 10, 12, 15, 20];

    private static readonly (string Name, Func<GaussianProcess, TimeSpacing, int, ISampler> Create)[] Solvers =
    [
        ("DPM-Solver-3 single-step", (process, spacing, calls) => new DpmSolver(process, new() { Steps = calls, Spacing = spacing })),
        ("DPM-Solver++-2", (process, spacing, calls) => new DpmSolver(process, PlusPlus(2, calls, spacing))),
        ("DPM-Solver++-3", (process, spacing, calls) => new DpmSolver(process, PlusPlus(3, calls, spacing))),
        ("UniPC-2", (process, spacing, calls) => new UniPcSampler(process, new() { Steps = calls, Spacing = spacing })),
        ("UniPC-3", (process, spacing, calls) => new UniPcSampler(process, new() { Order = 3, Steps = calls, Spacing = spacing })),
    ];

    /// <param name="clips">How many are sampled at once.</param>
    /// <returns>0.</returns>
    internal static int Run(int clips)
    {
        using var probe = new SamplingProbe(clips);
        Row("solver, spacing", Calls.Select(calls => $"{calls}"));
        Row("---", Calls.Select(_ => "---"));
        foreach (var spacing in Enum.GetValues<TimeSpacing>())
            foreach (var (name, create) in Solvers)
                Row($"{name}, {spacing}", Calls.Select(calls => Cell(probe.Distance(create(probe.Process, spacing, calls)))));
        Row("DDIM", Calls.Select(calls => Cell(probe.Distance(Samplers.Create("ddim", probe.Process, calls)))));
        return 0;
    }

    internal static string Cell((double Video, double Audio) distance) =>
        string.Create(CultureInfo.InvariantCulture, $"{distance.Video:0.000} / {distance.Audio:0.000}");

    internal static void Row(string head, IEnumerable<string> cells) => Console.WriteLine($"| {head} | {string.Join(" | ", cells)} |");

    private static DpmSolverOptions PlusPlus(int order, int calls, TimeSpacing spacing) =>
        new() { Algorithm = DpmAlgorithm.DpmSolverPlusPlus, Method = DpmMethod.MultiStep, Order = order, Steps = calls, Spacing = spacing };
}
