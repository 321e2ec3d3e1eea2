using System.CommandLine.Parsing;
using System.Globalization;

namespace MmDiffusion.Cli.Generating;

/// <summary>Sizes of memory as people write them: 1.5GB, 900MB, 2GiB.</summary>
internal static class MemorySize
{
    private static readonly (string Name, double Bytes)[] Units =
        [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1L << 40), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12)];

    /// <summary>The bytes of a text; null where it is no size above 0.</summary>
    internal static long? Parse(string text)
    {
        var unit = Array.Find(Units, unit => text.EndsWith(unit.Name, StringComparison.OrdinalIgnoreCase));
        if (unit.Name is null
            || !double.TryParse(
                text.AsSpan(0, text.Length - unit.Name.Length).Trim(),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number)) return null;
        var bytes = number * unit.Bytes;
        return bytes is >= 1 and < 1e18 ? (long)bytes : null;
    }

    /// <summary>The bytes of an option's one word.</summary>
    internal static long? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var bytes = Parse(text);
        if (bytes is null) result.AddError($"--memory is '{text}', expected a size above 0 with its unit, such as 1.5GB or 900MB");
        return bytes;
    }
}
