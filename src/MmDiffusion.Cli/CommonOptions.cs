using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace MmDiffusion.Cli;

/// <summary>Options that belong to no family, and how options of each kind of value are made.</summary>
internal static class CommonOptions
{
    /// <summary>Of every command.</summary>
    internal static Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "Show details, and where a failure happened",
        Recursive = true,
    };

    /// <summary>Of every command.</summary>
    internal static Option<DirectoryInfo?> Libtorch { get; } = new("--libtorch")
    {
        Description = "Folder of another libtorch to compute with, such as a CUDA build; MMDIFF_LIBTORCH does the same",
        HelpName = "DIR",
        Recursive = true,
    };

    internal static Option<bool> Json { get; } = new("--json")
    {
        Description = "Print the result as JSON, and nothing else, on the standard output",
    };

    internal static Option<DirectoryInfo> Output { get; } = new("--output", "-o")
    {
        Description = "Folder for the results; it is made where it does not exist",
        HelpName = "DIR",
        DefaultValueFactory = _ => new DirectoryInfo("out"),
    };

    internal static Option<int> Count { get; } = AtLeast("--count", "How many results to make", 1, 1, "N");

    internal static Option<ulong> Seed { get; } = new("--seed", "-s")
    {
        Description = "The same seed gives the same result",
        HelpName = "S",
        DefaultValueFactory = _ => 0,
    };

    /// <summary>A whole number with a lower bound.</summary>
    internal static Option<int> AtLeast(string name, string description, int minimum, int byDefault, string helpName) => Bounded(
        new Option<int>(name) { Description = description, HelpName = helpName, DefaultValueFactory = _ => byDefault }, minimum);

    /// <summary>A whole number with a lower bound, or none.</summary>
    internal static Option<int?> AtLeast(string name, string description, int minimum, string helpName) => Bounded(
        new Option<int?>(name) { Description = description, HelpName = helpName }, minimum);

    /// <summary>A number that is not negative, or none.</summary>
    internal static Option<double?> NotNegative(string name, string description, string helpName) => Bounded(
        new Option<double?>(name) { Description = description, HelpName = helpName, CustomParser = result => Number(result, name) }, 0);

    /// <summary>A number above 0.</summary>
    internal static Option<double> Positive(string name, string description, double byDefault, string helpName)
    {
        var option = new Option<double>(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => byDefault,
            CustomParser = result => Number(result, name) ?? byDefault,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && TryNumber(text, out var value) && !(value > 0))
                result.AddError($"{name} is {text}, expected above 0");
        });
        return option;
    }

    /// <summary>The number of an option's one word. The usual parser reads 0,5 as 5.</summary>
    private static double? Number(ArgumentResult result, string name)
    {
        if (result.Tokens is [{ Value: var text }])
        {
            if (TryNumber(text, out var value)) return value;
            result.AddError(
                $"{name} is '{text}', expected a number, with a point before decimals and nothing between thousands, such as 12.5");
        }
        return null;
    }

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(
            text,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out value) && double.IsFinite(value);

    private static Option<T> Bounded<T>(Option<T> option, double minimum)
    {
        option.Validators.Add(result =>
        {
            // Text that is NaN is reported by the parser itself.
            if (result.Tokens.Count == 1 && TryNumber(result.Tokens[0].Value, out var value) && !(value >= minimum))
                result.AddError($"{option.Name} is {result.Tokens[0].Value}, expected at least {minimum}");
        });
        return option;
    }

    /// <summary>A word out of a few, the first of which is the default.</summary>
    internal static Option<string> OneOf(string name, string description, params string[] words) =>
        new Option<string>(name)
        {
            Description = $"{description}: {string.Join(", ", words)}",
            HelpName = name.TrimStart('-').ToUpperInvariant(),
            DefaultValueFactory = _ => words[0],
        }
            .AcceptOnlyFromAmong(words);
}
