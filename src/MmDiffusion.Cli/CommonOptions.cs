using System.CommandLine;

namespace MmDiffusion.Cli;

/// <summary>Options that several commands take, so that the same word means the same thing everywhere.</summary>
internal static class CommonOptions
{
    /// <summary>Of every command.</summary>
    internal static Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "Show details, and where a failure happened", Recursive = true };

    internal static Option<bool> Json { get; } = new("--json") { Description = "Print the result as JSON, and nothing else, on the standard output" };

    internal static Option<DirectoryInfo> Output { get; } = new("--output", "-o")
    {
        Description = "Folder for the results; it is made where it does not exist",
        HelpName = "DIR",
        DefaultValueFactory = _ => new DirectoryInfo("out"),
    };

    internal static Option<string> Device { get; } = OneOf("--device", "Where to compute", "auto", "cpu", "cuda");

    internal static Option<string> Precision { get; } = OneOf("--precision", "Number format of the networks", "auto", "fp32", "bf16");

    internal static Option<int> Count { get; } = AtLeast("--count", "How many results to make", 1, 1, "N");

    internal static Option<ulong> Seed { get; } = new("--seed", "-s") { Description = "The same seed gives the same result", HelpName = "S", DefaultValueFactory = _ => 0 };

    /// <summary>A whole number with a lower bound.</summary>
    internal static Option<int> AtLeast(string name, string description, int minimum, int byDefault, string helpName)
    {
        var option = new Option<int>(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            // Text that is no number is reported by the parser itself.
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value < minimum)
                result.AddError($"{name} is {value}, expected at least {minimum}");
        });
        return option;
    }

    /// <summary>A word out of a few, the first of which is the default.</summary>
    internal static Option<string> OneOf(string name, string description, params string[] words) =>
        new Option<string>(name) { Description = $"{description}: {string.Join(", ", words)}", HelpName = name.TrimStart('-').ToUpperInvariant(), DefaultValueFactory = _ => words[0] }
            .AcceptOnlyFromAmong(words);
}
