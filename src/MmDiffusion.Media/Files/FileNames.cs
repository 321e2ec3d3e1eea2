using System.Globalization;
using System.Text;

namespace MmDiffusion.Media.Files;

/// <summary>Names of files as systems store them and as people are shown them.</summary>
public static class FileNames
{
    /// <summary>
    /// Bytes that a result may take of its input's name: file systems allow 255, and the start, the seed and the extension follow.
    /// </summary>
    public const int LongestOfInput = 200;

    /// <summary>The longest beginning of a text whose UTF-8 has at most so many bytes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">At least 0.</param>
    public static string Shorten(string text, int bytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytes) return text;
        var (length, used) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if ((used += rune.Utf8SequenceLength) > bytes) break;
            length += rune.Utf16SequenceLength;
        }
        return text[..length];
    }

    /// <summary>
    /// A text that may hold names, as one line: control characters, which would break the line or steer the terminal, become escapes such
    /// as <c>\n</c> and <c>\u001b</c>.
    /// </summary>
    /// <param name="text">The text.</param>
    public static string Printable(string text)
    {
        if (!text.Any(NeedsEscape)) return text;
        var line = new StringBuilder();
        foreach (var character in text)
        {
            if (!NeedsEscape(character)) line.Append(character);
            else if (character is '\n' or '\r' or '\t') line.Append(character switch { '\n' => @"\n", '\r' => @"\r", _ => @"\t" });
            else line.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }
        return line.ToString();
    }

    /// <summary>Control characters, line and paragraph separators, and marks that change the direction of writing.</summary>
    private static bool NeedsEscape(char character) =>
        char.IsControl(character) || character is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
