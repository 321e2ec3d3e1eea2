using System.Reflection;

namespace MmDiffusion.Cli.Info;

/// <summary>The version of this program, with the commit it was built from where that is known.</summary>
internal static class ProgramVersion
{
    private const int CommitDigits = 10;

    internal static string Current { get; } =
        Shorten(typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");

    private static string Shorten(string version) =>
        version.IndexOf('+', StringComparison.Ordinal) is >= 0 and var plus ? version[..Math.Min(version.Length, plus + 1 + CommitDigits)] : version;
}
