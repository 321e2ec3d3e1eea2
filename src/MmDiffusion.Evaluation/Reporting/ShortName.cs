using System.Globalization;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>Names in pictures, where they cannot be wrapped.</summary>
internal static class ShortName
{
    /// <summary>The name, or its beginning and its end, by which the names of a series differ.</summary>
    /// <param name="name">Any name.</param>
    /// <param name="longest">Characters as people count them, at least 3.</param>
    internal static string Of(string name, int longest)
    {
        var characters = new StringInfo(name);
        var length = characters.LengthInTextElements;
        if (length <= longest) return name;
        var end = (longest - 1) / 2;
        return $"{characters.SubstringByTextElements(0, longest - 1 - end)}…{characters.SubstringByTextElements(length - end)}";
    }
}
