using MmDiffusion.Diffusion;
using MmDiffusion.Media;
using MmDiffusion.Model.Coupled;
using MmDiffusion.Model.SuperResolution;

namespace MmDiffusion.Generation;

/// <summary>The published models' sizes by name (paper, Table 1).</summary>
public static class ModelPresets
{
    private static readonly Dictionary<string, ModelDescription> Presets = new(StringComparer.Ordinal)
    {
        ["landscape"] = Base,
        ["aist"] = Base,
        ["audioset"] = Base with { Coupled = new CoupledUNetConfiguration { BaseChannels = 256 } },
        ["sr-64-256"] = new()
        {
            Kind = ModelKind.Upscaler,
            SuperResolution = new SuperResolutionConfiguration { Dropout = 0.1 },
            Diffusion = DiffusionConfiguration.SuperResolution,
        },
    };

    /// <summary>The names, in the paper's order.</summary>
    public static IReadOnlyList<string> Names => [.. Presets.Keys];

    private static ModelDescription Base => new() { Kind = ModelKind.Joint, Coupled = new CoupledUNetConfiguration() };

    /// <summary>The description of a preset.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="MmDiffusionException">There is no such preset.</exception>
    public static ModelDescription Find(string name) => Presets.TryGetValue(name, out var preset)
        ? preset
        : throw new MmDiffusionException($"there is no preset '{name}'; choose one of {string.Join(", ", Presets.Keys)}");
}
