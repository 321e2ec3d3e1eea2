using System.Globalization;

namespace MmDiffusion.Studio;

/// <summary>Numbers with what they count, for people.</summary>
internal static class Plural
{
    /// <summary>"1 rater", "2 raters".</summary>
    internal static string Of(int count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}");
}
