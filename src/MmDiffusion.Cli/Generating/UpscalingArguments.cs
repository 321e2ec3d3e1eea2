using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MmDiffusion.Diffusion.Sampling;
using MmDiffusion.Generation;
using MmDiffusion.Primitives;

namespace MmDiffusion.Cli.Generating;

/// <summary>How frames are enlarged.</summary>
internal static class UpscalingArguments
{
    /// <summary>Sizes of memory as people write them: 1.5GB, 900MB, 2GiB.</summary>
    private static readonly (string Name, double Bytes)[] Units =
        [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1L << 40), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12)];

    internal static Option<string?> Sampler { get; } = SamplingArguments.SamplerOption(
        "--upscaler-sampler",
        "How to sample enlarged frames");

    internal static Option<int?> Steps { get; } = CommonOptions.AtLeast(
        "--upscaler-steps",
        "Network calls for each frame that is enlarged; the profile's by default",
        1,
        "N");

    internal static Option<int?> Reuse { get; } = CommonOptions.AtLeast(
        "--upscaler-reuse",
        "The same as --reuse for frames that are enlarged",
        1,
        "N");

    internal static Option<long?> Memory { get; } = new("--memory")
    {
        Description = "Enlarge fewer frames at once, or a frame in tiles, so that the process holds no more than this while "
            + "it does; by default what the machine has",
        HelpName = "SIZE",
        CustomParser = MemoryOf,
    };

    /// <summary>Where clips are generated and then enlarged.</summary>
    internal static IReadOnlyList<Option> All { get; } = [Sampler, Steps, Reuse, Memory];

    /// <summary>Where frames are enlarged and nothing else is made: the sampler's options are the upscaler's.</summary>
    internal static IReadOnlyList<Option> Alone { get; } = [.. SamplingArguments.All, Memory];

    /// <summary>What the options of <see cref="All"/> say.</summary>
    internal static UpscalingOptions Read(ParseResult parsed, UpscalingOptions profile) => Apply(parsed, profile, Sampler, Steps, Reuse);

    /// <summary>What the options of <see cref="Alone"/> say.</summary>
    internal static UpscalingOptions ReadAlone(ParseResult parsed) => Apply(
        parsed,
        SamplingArguments.ProfileOf(parsed).Upscaling with
        {
            FramesAtOnce = parsed.GetValue(SamplingArguments.Batch),
            Generator = SamplingArguments.GeneratorOf(parsed) ?? RandomGenerator.Philox,
        },
        SamplingArguments.Sampler,
        SamplingArguments.Steps,
        SamplingArguments.Reuse);

    /// <summary>A sampler that is given comes with the number of calls that is usual for it.</summary>
    private static UpscalingOptions Apply(
        ParseResult parsed,
        UpscalingOptions profile,
        Option<string?> sampler,
        Option<int?> steps,
        Option<int?> reuse)
    {
        var given = parsed.GetValue(sampler);
        var usual = given is null ? profile.Steps : Samplers.All.Single(known => known.Name == given).DefaultSteps;
        return profile with
        {
            Sampler = given ?? profile.Sampler,
            Steps = parsed.GetValue(steps) ?? usual,
            Reuse = parsed.GetValue(reuse) ?? profile.Reuse,
            MemoryLimit = parsed.GetValue(Memory),
        };
    }

    private static long? MemoryOf(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var unit = Array.Find(Units, unit => text.EndsWith(unit.Name, StringComparison.OrdinalIgnoreCase));
        if (unit.Name is not null
            && double.TryParse(
                text.AsSpan(0, text.Length - unit.Name.Length).Trim(),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number)
            && number * unit.Bytes is >= 1 and < 1e18 and var bytes) return (long)bytes;
        result.AddError($"--memory is '{text}', expected a size above 0 with its unit, such as 1.5GB or 900MB");
        return null;
    }
}
