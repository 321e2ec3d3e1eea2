using System.CommandLine;
using MmDiffusion.Generation;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Writing;

namespace MmDiffusion.Cli.Generating;

/// <summary>How clips are stored and shown.</summary>
internal static class OutputArguments
{
    internal static Option<string> Format { get; } = CommonOptions.OneOf(
        "--format",
        "How clips are stored",
        [.. Enum.GetNames<ClipFileFormat>().Select(name => name.ToLowerInvariant())]);

    internal static Option<bool> Sheet { get; } = new("--sheet") { Description = "Also draw all clips into one picture, sheet.png" };

    internal static IReadOnlyList<Option> All { get; } = [Format, Sheet, CommonOptions.Output, CommonOptions.Json];

    /// <summary>How clips are stored.</summary>
    internal static ClipFileFormat FormatOf(ParseResult parsed) =>
        Enum.Parse<ClipFileFormat>(parsed.GetRequiredValue(Format), ignoreCase: true);

    /// <summary>The folder for the results.</summary>
    /// <exception cref="MmDiffusionException">It cannot be written.</exception>
    internal static ClipFolder OpenFolder(ParseResult parsed, IEnumerable<string> inputs, Terminal terminal) => new(
        parsed.GetRequiredValue(CommonOptions.Output).ToString(), FormatOf(parsed), parsed.GetValue(Sheet))
    {
        Inputs = new KeptFiles(inputs),
        OnDamaged = terminal.WriteMessage,
    };
}
