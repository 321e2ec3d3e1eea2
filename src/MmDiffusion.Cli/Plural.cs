using System.Globalization;

namespace MmDiffusion.Cli;

/// <summary>Numbers with what they count.</summary>
internal static class Plural
{
    /// <summary>"1 file", "2 files".</summary>
    internal static string Of(int count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}");
}
