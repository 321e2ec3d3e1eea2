using System.CommandLine;
using System.Globalization;

namespace MmDiffusion.Cli.Generating;

/// <summary>Which media a command is given, and where in them it begins.</summary>
internal static class InputArguments
{
    internal static Argument<string[]> Files { get; } = new("INPUT")
    {
        Description = "Media files, or folders of them",
        Arity = ArgumentArity.OneOrMore,
    };

    internal static Option<double?> Start { get; } = CommonOptions.NotNegative(
        "--start",
        "Where to begin in each input, in seconds",
        "SECONDS");

    /// <summary>The name of an input's results, before the seed.</summary>
    internal static string NameAt(string name, double? start) =>
        start is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{name}-at-{seconds:0.###}s") : name;
}
