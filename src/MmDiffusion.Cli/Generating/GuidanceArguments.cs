using System.CommandLine;
using MmDiffusion.Generation;

namespace MmDiffusion.Cli.Generating;

/// <summary>What clips are guided towards, and how far.</summary>
internal static class GuidanceArguments
{
    internal static Option<string?> Label { get; } = new("--label")
    {
        Description = "The class of the clips, one of the model's labels ('mmdiff info' tells them)",
        HelpName = "LABEL",
    };

    internal static Option<string?> Not { get; } = new("--not") { Description = "Guide away from clips of this class", HelpName = "LABEL" };

    internal static Option<double?> LabelGuidance { get; } = CommonOptions.NotNegative(
        "--label-guidance",
        "How far towards --label, or away from --not: 1 for no further than the network predicts, "
        + "usually up to 4; above 1 a call costs twice",
        "W");

    internal static Option<double?> SyncGuidance { get; } = CommonOptions.NotNegative(
        "--sync-guidance",
        "How far away from video and audio that are not in step: 1, by default, for no further than the network "
        + "predicts; above 1 a call costs three times",
        "W");

    internal static IReadOnlyList<Option> All { get; } = [Label, Not, LabelGuidance, SyncGuidance];

    /// <summary>Options with what the command line says of guidance.</summary>
    internal static GenerationOptions Apply(ParseResult parsed, GenerationOptions options) => options with
    {
        Label = parsed.GetValue(Label),
        NotLabel = parsed.GetValue(Not),
        LabelGuidance = parsed.GetValue(LabelGuidance),
        SyncGuidance = parsed.GetValue(SyncGuidance) ?? 1,
    };
}
