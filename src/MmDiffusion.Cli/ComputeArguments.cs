using System.CommandLine;
using MmDiffusion.Generation;
using MmDiffusion.Media;

namespace MmDiffusion.Cli;

/// <summary>Where, and in which precision, networks compute.</summary>
internal static class ComputeArguments
{
    internal static Option<string> Device { get; } = CommonOptions.OneOf("--device", "Where to compute", [.. DeviceChoice.Names]);

    internal static Option<string> Precision { get; } = CommonOptions.OneOf(
        "--precision",
        "Number format of the networks",
        "auto",
        "fp32",
        "bf16");

    internal static IReadOnlyList<Option> All { get; } = [Device, Precision];

    /// <summary>How the networks are loaded.</summary>
    /// <exception cref="MmDiffusionException">The device is not there.</exception>
    internal static ModelOptions Read(ParseResult parsed) => new()
    {
        Device = DeviceOf(parsed),
        Precision = parsed.GetRequiredValue(Precision) switch
        {
            "fp32" => Generation.Precision.Float32,
            "bf16" => Generation.Precision.BFloat16,
            _ => Generation.Precision.Auto,
        },
    };

    /// <summary>The device alone, for commands that choose the precision themselves.</summary>
    /// <exception cref="MmDiffusionException">The device is not there.</exception>
    internal static TorchSharp.torch.Device DeviceOf(ParseResult parsed) => DeviceChoice.Find(parsed.GetRequiredValue(Device));
}
