using System.CommandLine;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Cli.Data;

/// <summary>Options of the commands that read media: which of several streams.</summary>
internal static class StreamArguments
{
    internal static Option<int?> Video { get; } = CommonOptions.AtLeast(
        "--video-stream", "Which video stream of each file, counted from 0; the default one, as players do, where not given", 0, "N");

    internal static Option<int?> Audio { get; } = CommonOptions.AtLeast(
        "--audio-stream", "Which audio stream of each file, counted from 0; the default one, as players do, where not given", 0, "N");

    internal static IReadOnlyList<Option> All { get; } = [Video, Audio];

    /// <summary>The streams that a command line asks for, of those options that the command has.</summary>
    internal static StreamChoice Of(ParseResult parsed) => new(parsed.GetValue(Video), parsed.GetValue(Audio));
}
