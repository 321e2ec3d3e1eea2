using System.ComponentModel;
using System.Globalization;

namespace MmDiffusion.Media;

/// <summary>Numbers with what they count, for people.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Plural
{
    /// <summary>"1 clip", "2 clips".</summary>
    public static string Of(int count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}");
}
