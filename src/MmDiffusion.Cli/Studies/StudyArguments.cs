using System.CommandLine;
using MmDiffusion.Media;
using MmDiffusion.Studio.Preparation;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Cli.Studies;

/// <summary>Options of the commands about studies.</summary>
internal static class StudyArguments
{
    private static readonly StudyPlan Defaults = new();

    internal static Argument<string> Name { get; } = new("NAME") { Description = "Name of the study" };

    internal static Option<string> Database { get; } = new("--database")
    {
        Description = "Where studies are: sqlite:FILE, or postgres: and a connection string",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => StudyDatabase.Default,
        // It may hold a password, so it is not repeated.
        Validators =
        {
            result =>
            {
                if (result.Tokens is [{ Value: var text }] && !StudyDatabase.IsAddress(text))
                    result.AddError(
                        "--database is not understood, expected sqlite:FILE, or postgres: and a connection string such as "
                        + "\"Host=localhost;Database=study;Username=me\"");
            },
        },
    };

    internal static Option<string> Kind { get; } = CommonOptions.OneOf(
        "--kind",
        "What raters are asked",
        [.. Enum.GetNames<StudyKind>().Select(name => name.ToLowerInvariant())]);

    internal static Option<string[]> Systems { get; } = new("--system")
    {
        Description = "A label and the folder of its clips; once for each system. Raters see neither",
        HelpName = "LABEL=DIR",
        Required = true,
        Validators =
        {
            result =>
                result.Tokens.Where(token => !token.Value.Contains('=', StringComparison.Ordinal))
                    .Take(1)
                    .ToList()
                    .ForEach(token => result.AddError($"--system is '{token.Value}', expected LABEL=DIR")),
        },
    };

    internal static Option<int?> Clips { get; } = CommonOptions.AtLeast(
        "--clips",
        "How many clips to take of each system; by default as many as every system has",
        1,
        "N");

    internal static Option<string?> Crop { get; } = new("--crop")
    {
        Description = "The shape to cut all clips to, around their middle, such as 1:1; needed where theirs differ",
        HelpName = "W:H",
        Validators =
        {
            result =>
            {
                if (result.Tokens is [{ Value: var text }] && AspectRatio.Parse(text) is null)
                    result.AddError($"--crop is '{text}', expected a shape such as 16:9");
            },
        },
    };

    internal static Option<int> Raters { get; } = CommonOptions.AtLeast(
        "--raters", "How many people rate each clip", 1, Defaults.RatersPerClip, "N");

    internal static Option<int?> PerRater { get; } = CommonOptions.AtLeast(
        "--per-rater",
        $"How many clips each person rates; by default {Defaults.ClipsPerRater}, or all if there are fewer",
        1,
        "N");

    internal static Option<int> AttentionChecks { get; } = CommonOptions.AtLeast(
        "--attention-checks", "How many attention checks each person is shown", 0, Defaults.AttentionChecks, "N");

    internal static Option<int> Duplicates { get; } = CommonOptions.AtLeast(
        "--duplicates", "How many clips each person is shown twice", 0, Defaults.Duplicates, "N");

    internal static Option<int> FailedChecks { get; } = CommonOptions.AtLeast(
        "--allow-failed-checks", "Who fails more attention checks is left out of the result", 0, Defaults.Exclusions.MostFailedChecks, "N");

    internal static Option<bool> RequireHeadphones { get; } = new("--require-headphones")
    {
        Description = "Who does not pass the headphone check is left out of the result",
    };

    internal static Option<string> Urls { get; } = new("--urls")
    {
        Description = "Addresses to listen on, separated by semicolons",
        HelpName = "URL",
        DefaultValueFactory = _ => new Studio.StudioOptions().Urls,
        Validators =
        {
            result =>
            {
                if (result.Tokens is [{ Value: var text }] && Fault(new Studio.StudioOptions { Urls = text }) is { } fault)
                    result.AddError($"--urls: {fault}");
            },
        },
    };

    internal static Option<int> JoinsPerMinute { get; } = CommonOptions.AtLeast(
        "--joins-per-minute", "How many people may join from one network address in a minute", 1, new Studio.StudioOptions().JoinsPerMinute,
        "N");

    internal static Option<bool> BehindProxy { get; } = new("--behind-proxy")
    {
        Description = "A proxy on this machine tells the raters' addresses (X-Forwarded-For, -Proto and -Host)",
    };

    /// <summary>How the server runs.</summary>
    internal static IReadOnlyList<Option> Server => [Urls, Database, JoinsPerMinute, BehindProxy];

    /// <summary>The file of the database; null where it is on a server.</summary>
    internal static string? DatabaseFile(ParseResult parsed)
    {
        const string sqlite = "sqlite:";
        var address = parsed.GetRequiredValue(Database);
        return address.StartsWith(sqlite, StringComparison.Ordinal) ? address[sqlite.Length..] : null;
    }

    /// <summary>The label and folder of each system.</summary>
    internal static IReadOnlyList<(string Label, string Folder)> SystemsOf(ParseResult parsed) =>
        [.. parsed.GetRequiredValue(Systems).Select(text => text.Split('=', 2)).Select(parts => (parts[0], parts[1]))];

    /// <summary>How the server is to run.</summary>
    internal static Studio.StudioOptions ServerOptions(ParseResult parsed) => new()
    {
        Urls = parsed.GetRequiredValue(Urls),
        JoinsPerMinute = parsed.GetValue(JoinsPerMinute),
        BehindProxy = parsed.GetValue(BehindProxy),
    };

    private static string? Fault(Studio.StudioOptions options)
    {
        try
        {
            options.Validate();
            return null;
        }
        catch (MmDiffusionException exception)
        {
            return exception.Message;
        }
    }
}
