using System.Globalization;
using System.Text.RegularExpressions;

namespace MmDiffusion.Cli.Tests;

/// <summary>One command line that a document shows.</summary>
/// <param name="Place">Document and line.</param>
/// <param name="Ranks">How many mpirun starts; 1 without it.</param>
/// <param name="Arguments">What follows the program's name.</param>
internal sealed partial record DocumentedCommand(string Place, int Ranks, string[] Arguments)
{
    /// <summary>Whether a sentence names the command alone, without what it would be given.</summary>
    internal bool IsMention { get; private init; }

    /// <summary>The value of an option; null where it is not given.</summary>
    internal string? ValueOf(string option) => Array.IndexOf(Arguments, option) is var at and >= 0 ? Arguments[at + 1] : null;

    public override string ToString() => $"{Place}: {(Ranks > 1 ? $"mpirun -n {Ranks} " : "")}mmdiff {string.Join(' ', Arguments)}";

    /// <summary>
    /// The commands of README.md and docs/*.md, in blocks of code and between backticks; those with an ellipsis are no whole ones.
    /// </summary>
    internal static IReadOnlyList<DocumentedCommand> All { get; } =
        [.. Directory.GetFiles(Path.Combine(Checkout.Root, "docs"), "*.md")
            .Prepend(Path.Combine(Checkout.Root, "README.md"))
            .Order(StringComparer.Ordinal)
            .SelectMany(Of)];

    internal static IEnumerable<DocumentedCommand> OfText(string text, string document)
    {
        var isCode = false;
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                isCode = !isCode;
                continue;
            }
            var (place, line) = ($"{document}:{i + 1}", lines[i]);
            while (isCode && line.EndsWith('\\') && i + 1 < lines.Length) line = line[..^1] + lines[++i];
            foreach (var shown in isCode ? [line] : Inline().Matches(line).Select(match => match.Groups[1].Value))
                if (Parse(shown, place) is { } command)
                    yield return command with { IsMention = !isCode && command.Arguments.All(word => Name().IsMatch(word)) };
        }
    }

    private static IEnumerable<DocumentedCommand> Of(string path) => OfText(File.ReadAllText(path), Path.GetFileName(path));

    private static DocumentedCommand? Parse(string shown, string place)
    {
        if (Program().Match(shown) is not { Success: true } match
            || shown.Contains('…', StringComparison.Ordinal)
            || shown.Contains("COMMAND", StringComparison.Ordinal)) return null;
        var ranks = match.Groups["ranks"] is { Success: true, Value: var number } ? int.Parse(number, CultureInfo.InvariantCulture) : 1;
        // What the shell would see to: comments, redirection, variables; and what stands for a choice.
        var rest = Shell().Replace(match.Groups["rest"].Value, "")
            .Replace("$1", "ddim", StringComparison.Ordinal)
            .Replace("$2", "25", StringComparison.Ordinal)
            .Replace("[", "", StringComparison.Ordinal)
            .Replace("]", "", StringComparison.Ordinal);
        string[] words = [.. Word().Matches(rest).Select(word => word.Value.Trim('"', '\'')).Select(word => word == "N" ? "1" : word)];
        return new DocumentedCommand(place, ranks, words);
    }

    [GeneratedRegex("^[a-z][a-z-]*$")]
    private static partial Regex Name();

    [GeneratedRegex("`([^`]*mmdiff [^`]*)`")]
    private static partial Regex Inline();

    [GeneratedRegex(@"^\s*(?:(?:/usr/bin/)?time (?:-v )?)?(?:mpirun -n (?<ranks>\d+) (?:-\S+ \S+ )*)?(?:\./)?mmdiff (?<rest>.*)$")]
    private static partial Regex Program();

    [GeneratedRegex(@"\s+(?:#|>|\|(?!NAME)|&&|;).*$")]
    private static partial Regex Shell();

    [GeneratedRegex(@"""[^""]*""|'[^']*'|\S+")]
    private static partial Regex Word();
}
