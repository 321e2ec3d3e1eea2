using System.Globalization;
using MmDiffusion.Diffusion.Process;
using MmDiffusion.Diffusion.Schedules;
using MmDiffusion.Media;

namespace MmDiffusion.Diffusion.Sampling;

/// <summary>The samplers by name, with settings that suit the published models.</summary>
public static class Samplers
{
    /// <summary>Every sampler there is, the library's default first; the command line's is that of its profile.</summary>
    public static IReadOnlyList<SamplerDescription> All { get; } =
    [
        new("dpm-solver", 20, 1, "the paper's fast setting: order 3, single-step")
        {
            Create = (process, steps) => new DpmSolver(process, new() { Steps = steps }),
        },
        new("dpm-solver++", 20, 2, "order 2, multi-step, keeps x0 within range")
        {
            Create = (process, steps) => new DpmSolver(process, new()
            {
                Algorithm = DpmAlgorithm.DpmSolverPlusPlus,
                Method = DpmMethod.MultiStep,
                Order = 2,
                Steps = steps,
            }),
        },
        new("unipc", 20, 2, "order 2 with a free corrector, for few network calls")
        {
            Create = (process, steps) => new UniPcSampler(process, new() { Steps = steps }),
        },
        new("unipc-3", 20, 3, "the same of order 3, nearer to many network calls from 10 on")
        {
            Create = (process, steps) => new UniPcSampler(process, new() { Order = 3, Steps = steps }),
        },
        new("ddim", 25, 1, "deterministic, the upscaler's setting")
        {
            Create = (process, steps) => new DdimSampler(process.Respace(Respacing.ForDdim(steps, process.Schedule.Steps))),
        },
        new("ddpm", 1000, 1, "ancestral, the best quality and the slowest")
        {
            Create = (process, steps) => new DdpmSampler(process.Respace(steps.ToString(CultureInfo.InvariantCulture))),
        },
    ];

    /// <summary>Makes a sampler by name.</summary>
    /// <param name="name">A name out of <see cref="All"/>.</param>
    /// <param name="process">The process on its whole schedule.</param>
    /// <param name="steps">Network calls, up to the steps of the schedule; null for the sampler's default.</param>
    /// <exception cref="MmDiffusionException">The name is unknown or the steps are out of range.</exception>
    public static ISampler Create(string name, GaussianProcess process, int? steps = null)
    {
        var sampler = All.FirstOrDefault(sampler => sampler.Name == name)
            ?? throw new MmDiffusionException(
                $"there is no sampler '{name}'; choose one of {string.Join(", ", All.Select(known => known.Name))}");
        return sampler.New(process, steps);
    }
}

/// <summary>A sampler that can be asked for by name, or is given as <see cref="Generation.GenerationOptions.OwnSampler"/>.</summary>
/// <param name="Name">The name, as in "dpm-solver".</param>
/// <param name="DefaultSteps">Network calls unless others are asked for.</param>
/// <param name="LeastSteps">Fewest network calls.</param>
/// <param name="Summary">What it is good for, in a few words.</param>
public sealed record SamplerDescription(string Name, int DefaultSteps, int LeastSteps, string Summary)
{
    /// <summary>Makes it on a process with its whole schedule, for a number of network calls.</summary>
    public required Func<GaussianProcess, int, ISampler> Create { get; init; }

    /// <summary>Makes it, after a look at the number of network calls.</summary>
    /// <param name="process">The process on its whole schedule.</param>
    /// <param name="steps">Network calls, up to the steps of the schedule; null for the default.</param>
    /// <exception cref="MmDiffusionException">The steps are out of range.</exception>
    internal ISampler New(GaussianProcess process, int? steps)
    {
        var most = process.Schedule.Steps;
        var count = steps ?? Math.Min(DefaultSteps, most);
        return count >= LeastSteps && count <= most
            ? Create(process, count)
            : throw new MmDiffusionException(
                $"{count} steps do not suit the sampler '{Name}', expected {LeastSteps} to {most}; {DefaultSteps} is usual");
    }
}
