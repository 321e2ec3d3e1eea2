using MmDiffusion.Diffusion;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Sampling;

namespace MmDiffusion.Tests.Diffusion.Sampling;

/// <summary>One of every kind of sampler, of 7 steps.</summary>
internal static class SamplerCatalogue
{
    internal static TheoryData<string> Names => [.. Catalogue.Keys];

    internal static ISampler Create(string name) => Catalogue[name]();

    private static readonly GaussianProcess Process = new(DiffusionConfiguration.Base);

    private static readonly Dictionary<string, Func<ISampler>> Catalogue = new()
    {
        ["ddpm"] = () => new DdpmSampler(Process.Respace("7")),
        ["ddim"] = () => new DdimSampler(Process.Respace("7")),
        ["ddim eta 1"] = () => new DdimSampler(Process.Respace("7"), eta: 1),
        ["dpm-solver single-step 1"] = () => Dpm(DpmAlgorithm.DpmSolver, DpmMethod.SingleStep, 1),
        ["dpm-solver single-step 2"] = () => Dpm(DpmAlgorithm.DpmSolver, DpmMethod.SingleStep, 2),
        ["dpm-solver single-step 3"] = () => Dpm(DpmAlgorithm.DpmSolver, DpmMethod.SingleStep, 3),
        ["dpm-solver multi-step 2"] = () => Dpm(DpmAlgorithm.DpmSolver, DpmMethod.MultiStep, 2),
        ["dpm-solver multi-step 3"] = () => Dpm(DpmAlgorithm.DpmSolver, DpmMethod.MultiStep, 3),
        ["dpm-solver++ single-step 3"] = () => Dpm(DpmAlgorithm.DpmSolverPlusPlus, DpmMethod.SingleStep, 3),
        ["dpm-solver++ multi-step 2"] = () => Dpm(DpmAlgorithm.DpmSolverPlusPlus, DpmMethod.MultiStep, 2),
        ["dpm-solver++ multi-step 3 dynamic"] = () => Dpm(DpmAlgorithm.DpmSolverPlusPlus, DpmMethod.MultiStep, 3, X0Bound.Dynamic),
        ["dpm-solver++ denoised"] = () =>
            new DpmSolver(Process, new() { Algorithm = DpmAlgorithm.DpmSolverPlusPlus, Steps = 7, DenoiseFinal = true }),
        ["unipc 1"] = () => new UniPcSampler(Process, new() { Order = 1, Steps = 7 }),
        ["unipc 2"] = () => new UniPcSampler(Process, new() { Order = 2, Steps = 7, Variant = UniPcVariant.Bh1 }),
        ["unipc 3"] = () => new UniPcSampler(Process, new() { Order = 3, Steps = 7 }),
        ["unipc clean"] = () => new UniPcSampler(Process, new() { EndsClean = true, Steps = 7 }),
        ["dpm-solver++ multi-step clean"] = () =>
            new DpmSolver(Process, new()
            {
                Algorithm = DpmAlgorithm.DpmSolverPlusPlus,
                Method = DpmMethod.MultiStep,
                Order = 2,
                EndsClean = true,
                Steps = 7,
            }),
    };

    private static DpmSolver Dpm(DpmAlgorithm algorithm, DpmMethod method, int order, X0Bound bound = X0Bound.Clip) =>
        new(Process, new() { Algorithm = algorithm, Method = method, Order = order, Steps = 7, Bound = bound });
}
