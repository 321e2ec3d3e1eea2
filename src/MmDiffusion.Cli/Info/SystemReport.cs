using System.Reflection;
using System.Text.Json.Serialization;
using MmDiffusion.Generation;
using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using MmDiffusion.Media.FfmpegProgram;

namespace MmDiffusion.Cli.Info;

/// <summary>Everything that <c>mmdiff info</c> shows.</summary>
/// <param name="Versions">Of the program and of what it runs on; ffmpeg is null where there is none.</param>
/// <param name="Processor">The processor's name and abilities.</param>
/// <param name="Backend">Which libtorch computes, on what, and why not on the rest.</param>
/// <param name="Devices">Where tensors can be computed, the words of <c>--device</c>.</param>
/// <param name="Memory">In bytes.</param>
/// <param name="Precision">What <c>--precision auto</c> means here.</param>
/// <param name="Kernels">Which precisions have fast kernels here.</param>
/// <param name="Models">The models found.</param>
internal sealed record SystemReport(
    VersionReport Versions,
    ProcessorFeatures Processor,
    BackendReport Backend,
    IReadOnlyList<string> Devices,
    MemoryReport Memory,
    PrecisionReport Precision,
    KernelReport Kernels,
    IReadOnlyList<ModelReport> Models)
{
    /// <summary>Looks at this machine.</summary>
    /// <exception cref="MmDiffusionException">libtorch cannot be loaded.</exception>
    internal static SystemReport Collect()
    {
        TorchRuntime.EnsureLoaded();
        var processor = ProcessorFeatures.Current;
        var precision = PrecisionChoice.For(Generation.Precision.Auto, DeviceChoice.Find(DeviceChoice.Names[0]));
        return new SystemReport(
            new VersionReport(
                ProgramVersion.Current, $"{Environment.Version}", TorchRuntime.TorchSharpVersion, TorchRuntime.LibTorchVersion,
                Ffmpeg.IsAvailable ? Ffmpeg.Version() : null),
            processor,
            BackendReport.Current(),
            DeviceChoice.Available(),
            MemoryReport.Current(),
            new PrecisionReport(precision.Name, precision.Reason),
            KernelReport.Current(),
            ModelReport.All());
    }
}

/// <summary>Memory in bytes.</summary>
/// <param name="Total">What this process may use at most: the machine's memory, or its group's limit.</param>
/// <param name="Available">What is free now, or could be made free; null where the system does not tell.</param>
/// <param name="GroupLimit">
/// What the container, or another control group, allows this process where that is less than the machine has; null where it is not.
/// </param>
internal sealed record MemoryReport(long Total, long? Available, long? GroupLimit)
{
    internal static MemoryReport Current() => new(MachineMemory.Total, MachineMemory.Available, MachineMemory.GroupLimit);
}

/// <summary>A model that commands take by name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Path">Its folder; null where its description cannot be read.</param>
/// <param name="Kind">What it makes; null where its description cannot be read.</param>
/// <param name="Trained">Whether it has learned anything.</param>
/// <param name="Upscaler">Whether it has an upscaler of its own.</param>
/// <param name="Labels">The classes that it knows.</param>
internal sealed record ModelReport(string Name, string? Path, ModelKind? Kind, bool Trained, bool Upscaler, IReadOnlyList<string> Labels)
{
    internal static IReadOnlyList<ModelReport> All() => [.. ModelDirectory.Names().Select(Of)];

    private static ModelReport Of(string name)
    {
        try
        {
            var model = ModelDirectory.Open(name);
            return new ModelReport(
                name, model.Path, model.Description.Kind, model.Description.Trained, model.Upscaler is not null,
                model.Description.Coupled?.Labels ?? []);
        }
        catch (MmDiffusionException)
        {
            return new ModelReport(name, null, null, false, false, []);
        }
    }

    /// <summary>For people.</summary>
    public override string ToString() => Kind is null
        ? $"{Name} (its description cannot be read)"
        : $"{Name} ({(Kind == ModelKind.Upscaler ? "upscaler, " : "")}{(Trained ? "trained" : "not trained")}{(Upscaler
            ? ", with an upscaler"
            : "")}) in {Path}{(Labels.Count == 0 ? "" : $"; labels: {string.Join(", ", Labels)}")}";
}

/// <summary>What <c>--precision auto</c> means on this machine.</summary>
/// <param name="Auto">fp32 or bf16.</param>
/// <param name="Reason">Why.</param>
internal sealed record PrecisionReport(string Auto, string Reason);

/// <summary>Which precisions have fast kernels; the others compute with libtorch's own operations.</summary>
/// <param name="Fp32">Whether float32 has.</param>
/// <param name="Bf16">Whether bfloat16 has.</param>
/// <param name="Reason">Why not both; null where both have.</param>
internal sealed record KernelReport(bool Fp32, bool Bf16, string? Reason)
{
    internal static KernelReport Current()
    {
        var missing = MissingKernels.Current;
        return new KernelReport(missing.Float32 is null, missing.BFloat16 is null, missing.Float32 ?? missing.BFloat16);
    }

    /// <summary>For people.</summary>
    public override string ToString() => (Fp32, Bf16) switch
    {
        (true, true) => "fast for fp32 and bf16",
        (false, false) => $"libtorch's own: {Reason}",
        _ => $"fast for {(Fp32 ? "fp32" : "bf16")} alone: {Reason}",
    };
}

/// <summary>Versions of the program and of what it runs on.</summary>
internal sealed record VersionReport(
    string Mmdiff,
    string Dotnet,
    [property: JsonPropertyName("torchsharp")] string TorchSharp,
    [property: JsonPropertyName("libtorch")] string LibTorch,
    [property: JsonPropertyName("ffmpeg")] string? FFmpeg);

/// <summary>The version of this program, with the commit it was built from where that is known.</summary>
internal static class ProgramVersion
{
    private const int CommitDigits = 10;

    internal static string Current { get; } =
        Shorten(
            typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");

    private static string Shorten(string version) =>
        version.IndexOf('+', StringComparison.Ordinal) is >= 0 and var plus
            ? version[..Math.Min(version.Length, plus + 1 + CommitDigits)]
            : version;
}
