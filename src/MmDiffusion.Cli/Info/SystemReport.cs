using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Info;

/// <summary>Everything that <c>mmdiff info</c> shows.</summary>
/// <param name="Versions">Of the program and of what it runs on; ffmpeg is null where there is none.</param>
/// <param name="Processor">The processor's name and abilities.</param>
/// <param name="Devices">Where tensors can be computed, the words of <c>--device</c>.</param>
/// <param name="Memory">In bytes.</param>
/// <param name="Precision">What <c>--precision auto</c> means here.</param>
/// <param name="Models">The models found.</param>
internal sealed record SystemReport(
    VersionReport Versions, ProcessorFeatures Processor, IReadOnlyList<string> Devices, MemoryReport Memory, PrecisionReport Precision, IReadOnlyList<ModelReport> Models)
{
    /// <summary>Looks at this machine.</summary>
    /// <exception cref="MmDiffusionException">libtorch cannot be loaded.</exception>
    internal static SystemReport Collect()
    {
        TorchRuntime.EnsureLoaded();
        var processor = ProcessorFeatures.Current;
        var precision = PrecisionChoice.For(Generation.Precision.Auto, DeviceChoice.Find(DeviceChoice.Names[0]));
        return new SystemReport(
            new VersionReport(ProgramVersion.Current, $"{Environment.Version}", TorchRuntime.TorchSharpVersion, TorchRuntime.LibTorchVersion, Ffmpeg.IsAvailable ? Ffmpeg.Version() : null),
            processor,
            DeviceChoice.Available(),
            MemoryReport.Current(),
            new PrecisionReport(precision.Name, precision.Reason),
            ModelReport.All());
    }
}
