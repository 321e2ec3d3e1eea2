using System.Globalization;
using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion.Sampling;

/// <summary>
/// How far solvers end from the exact solution of the diffusion ODE at equal network calls, on problems whose ε is known in closed form.
/// </summary>
public sealed class SamplerComparisonTests(ITestOutputHelper output)
{
    private static readonly int[] Calls = [5, 10, 15, 20];

    private static readonly GaussianProcess Process = new(DiffusionConfiguration.Base);

    private static readonly Dictionary<string, Func<int, ISampler>> Solvers = new()
    {
        ["DPM-Solver-1 (DDIM's formula)"] = calls => Dpm(DpmAlgorithm.DpmSolver, DpmMethod.SingleStep, 1, calls),
        ["DPM-Solver-3 single-step (dpm-solver)"] = calls => Dpm(DpmAlgorithm.DpmSolver, DpmMethod.SingleStep, 3, calls),
        ["DPM-Solver-2 multi-step"] = calls => Dpm(DpmAlgorithm.DpmSolver, DpmMethod.MultiStep, 2, calls),
        ["DPM-Solver-3 multi-step"] = calls => Dpm(DpmAlgorithm.DpmSolver, DpmMethod.MultiStep, 3, calls),
        ["DPM-Solver++-3 single-step"] = calls => Dpm(DpmAlgorithm.DpmSolverPlusPlus, DpmMethod.SingleStep, 3, calls),
        ["DPM-Solver++-2 multi-step (dpm-solver++)"] = calls => Dpm(DpmAlgorithm.DpmSolverPlusPlus, DpmMethod.MultiStep, 2, calls),
        ["DPM-Solver++-3 multi-step"] = calls => Dpm(DpmAlgorithm.DpmSolverPlusPlus, DpmMethod.MultiStep, 3, calls),
        ["UniPC-2 bh1"] = calls => UniPc(2, UniPcVariant.Bh1, calls),
        ["UniPC-2 bh2 (unipc)"] = calls => UniPc(2, UniPcVariant.Bh2, calls),
        ["UniPC-3 bh2"] = calls => UniPc(3, UniPcVariant.Bh2, calls),
    };

    private static readonly Dictionary<string, IDenoiser> Problems = new()
    {
        ["mixture of two normals"] = new GaussianData(0.5, 0.1),
        ["one normal"] = new GaussianData(0.2, 0.3, twoModes: false),
        ["recorded closed-form network"] = new ClosedFormDenoiser(),
    };

    [Fact]
    [Trait("group", "unit")]
    public void UniPc_ends_nearer_the_mixture_s_solution_than_the_default_solvers_at_equal_calls()
    {
        var errors = Errors(Problems["mixture of two normals"]);
        foreach (var rival in new[]
        {
            "DPM-Solver-1 (DDIM's formula)",
            "DPM-Solver-3 single-step (dpm-solver)",
            "DPM-Solver++-2 multi-step (dpm-solver++)",
        })
            Assert.All(Calls.Index(), call =>
                Assert.True(errors["UniPC-2 bh2 (unipc)"][call.Index] < errors[rival][call.Index], $"{rival}, {call.Item} calls"));
    }

    [Fact]
    [Trait("group", "slow")]
    public void The_table_of_docs_samplers_is_printed()
    {
        foreach (var (problem, denoiser) in Problems)
        {
            output.WriteLine($"| {problem} | {string.Join(" | ", Calls)} |");
            foreach (var (solver, errors) in Errors(denoiser))
                output.WriteLine(
                    $"| {solver} | {string.Join(" | ", errors.Select(error => error.ToString("0.0000", CultureInfo.InvariantCulture)))} |");
        }
    }

    /// <summary>Root mean squared difference from the solution, as a fraction of the solution's root mean square.</summary>
    private static Dictionary<string, double[]> Errors(IDenoiser denoiser)
    {
        using var scope = NewDisposeScope();
        using var random = new SeededRandom(3);
        var xT = new AudioVideo(random.Normal(4, 2, 3, 16, 16).to(float64), random.Normal(4, 1, 1024).to(float64));
        var solution = Dpm(DpmAlgorithm.DpmSolverPlusPlus, DpmMethod.SingleStep, 3, 600).Sample(denoiser, xT, TestStates.Context());
        double Error(ISampler solver)
        {
            using var inner = NewDisposeScope();
            var result = solver.Sample(denoiser, xT, TestStates.Context());
            double Power(AudioVideo state) => state.Parts.Sum(part => part.square().mean().item<double>());
            return Math.Sqrt(Power(result.Zip(solution, (x, exact) => x - exact)) / Power(solution));
        }
        return Solvers.ToDictionary(solver => solver.Key, solver => Calls.Select(calls => Error(solver.Value(calls))).ToArray());
    }

    private static DpmSolver Dpm(DpmAlgorithm algorithm, DpmMethod method, int order, int calls) =>
        new(Process, new() { Algorithm = algorithm, Method = method, Order = order, Steps = calls, Bound = X0Bound.None });

    private static UniPcSampler UniPc(int order, UniPcVariant variant, int calls) =>
        new(Process, new() { Order = order, Variant = variant, Steps = calls, Bound = X0Bound.None });
}
