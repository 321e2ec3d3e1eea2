using System.Text.RegularExpressions;

namespace MmDiffusion.Cli.Tests.Architecture;

/// <summary>What the text of the sources must keep to.</summary>
internal static partial class SourceRules
{
    internal const int LongestLine = 140;
    internal const int LongestFile = 400;
    internal const int FullestFolder = 24;

    /// <summary>C# and Markdown of the checkout, without what builds and earlier versions left.</summary>
    internal static IEnumerable<string> Files(string root, params string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories))
        .Where(path => path.EndsWith(".cs", StringComparison.Ordinal) || path.EndsWith(".md", StringComparison.Ordinal))
        .Where(path =>
            !Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "Fixtures"));

    /// <summary>Lines that are longer than an editor's window.</summary>
    internal static IEnumerable<string> LongLines(string name, string text) => text.Split('\n')
        .Index()
        .Where(line => line.Item.TrimEnd('\r').Length > LongestLine)
        .Select(line => $"{name}:{line.Index + 1} has {line.Item.TrimEnd('\r').Length} columns, expected at most {LongestLine}");

    /// <summary>A file that is more than one idea.</summary>
    internal static IEnumerable<string> LongFiles(string name, string text)
    {
        var lines = text.TrimEnd().Split('\n').Length;
        if (lines > LongestFile) yield return $"{name} has {lines} lines, expected at most {LongestFile}";
    }

    /// <summary>Folders that one does not take in at a glance.</summary>
    internal static IEnumerable<string> FullFolders(IEnumerable<string> files) => files
        .GroupBy(Path.GetDirectoryName)
        .Where(folder => folder.Count() > FullestFolder)
        .Select(folder => $"{folder.Key} has {folder.Count()} files, expected at most {FullestFolder}");

    /// <summary>Words of our own where the field has one.</summary>
    internal static IEnumerable<string> OwnWords(string name, string text) => text.Split('\n')
        .Index()
        .SelectMany(line => OwnWord().Matches(line.Item).Select(match => $"{name}:{line.Index + 1} says '{match.Value}'"));

    /// <summary>Projects of the product that look into each other.</summary>
    internal static IEnumerable<string> OpenedProjects(string name, string project) => Opened()
        .Matches(project)
        .Select(match => match.Groups["to"].Value)
        .Where(to => !to.EndsWith(".Tests", StringComparison.Ordinal) && to is not ("MmDiffusion.Testing" or "MmDiffusion.Benchmarks"))
        .Select(to => $"{name} shows its internals to {to}");

    [GeneratedRegex(
        @"\bway back\b|\bway there\b|\banew\b|\bonce more\b|\bis no number\b|\bby heart\b|\blet go\b|\bstate dict\b|\bHandover|"
        + @"\b\w*Likeness\w*|\b[Pp]atients?\b|\b\w+Room\b|\bAwake\b",
        RegexOptions.ExplicitCapture)]
    private static partial Regex OwnWord();

    [GeneratedRegex("<InternalsVisibleTo Include=\"(?<to>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Opened();
}
