using System.CommandLine;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Generating;

/// <summary>The families of options of every command that makes clips with a joint model.</summary>
internal static class GenerationArguments
{
    internal static Option<int?> Preview { get; } = CommonOptions.AtLeast(
        "--preview",
        "Draw the clips as they are into preview.png every N network calls",
        1,
        "N");

    internal static IReadOnlyList<Option> All { get; } =
    [
        .. ModelArguments.All,
        CommonOptions.Count,
        .. SamplingArguments.All,
        .. GuidanceArguments.All,
        .. UpscalingArguments.All,
        Preview,
        .. OutputArguments.All,
        .. ComputeArguments.All,
    ];

    /// <summary>What to generate, but for what is given.</summary>
    internal static GenerationOptions Read(ParseResult parsed)
    {
        var options = SamplingArguments.Apply(
            parsed,
            new GenerationOptions { Count = parsed.GetValue(CommonOptions.Count), PreviewEvery = parsed.GetValue(Preview) ?? 0 });
        options = GuidanceArguments.Apply(parsed, options);
        return options with { Upscaling = UpscalingArguments.Read(parsed, options.Upscaling) };
    }
}
