using System.Text.Encodings.Web;
using System.Text.Json;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Filtering;

/// <summary>
/// Lists of files of a data set: a path in its folder on each line, with forward slashes; lines that begin with # are comments. A name that
/// would not survive as a line, such as one that begins with # or a space or has a line break in it, is a JSON string in double quotes.
/// </summary>
public static class FileList
{
    private static readonly JsonSerializerOptions Json = StrictJson.Of(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Reads a list.</summary>
    /// <param name="path">The list.</param>
    /// <param name="folder">
    /// The data set's folder: a line that is, as it stands, the path of a file in it means that file, also where it begins with # or a
    /// space, as lists of earlier versions have it. Null to go by the lines alone.
    /// </param>
    /// <returns>At least one path.</returns>
    /// <exception cref="MmDiffusionException">It cannot be read, or is empty.</exception>
    public static IReadOnlyCollection<string> Read(string path, string? folder = null)
    {
        InputFile.RequireText(path, "list of files");
        try
        {
            var files = File.ReadAllLines(path).Select(line => Parse(line, folder)).OfType<string>().ToList();
            return files.Count > 0
                ? files
                : throw new MmDiffusionException($"the list '{path}' names no file; expected a path on each line");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot read the list '{path}': {exception.Message.TrimEnd('.')}", exception);
        }
    }

    /// <summary>Writes a list, whole or not at all.</summary>
    /// <param name="path">The list.</param>
    /// <param name="files">Paths in the data set's folder.</param>
    /// <exception cref="MmDiffusionException">It cannot be written.</exception>
    public static void Write(string path, IEnumerable<string> files) =>
        AtomicFile.WriteText(path, string.Concat(files.Select(file => Line(file) + "\n")));

    private static string Line(string file) =>
        file.Length == 0
            || file[0] is '#' or '"' or '\ufeff'
            || char.IsWhiteSpace(file[0])
            || char.IsWhiteSpace(file[^1])
            || file.Any(char.IsControl)
            ? JsonSerializer.Serialize(file, Json)
            : file;

    /// <summary>The path on a line; null where it has none.</summary>
    private static string? Parse(string line, string? folder)
    {
        var text = line.Trim();
        if (text.Length == 0) return null;
        if (folder is not null && (text[0] == '#' || text != line) && File.Exists(Path.Combine(folder, line))) return line;
        if (text[0] == '#') return null;
        // Lists of earlier versions, and those made by hand, may name a file that begins with a quotation mark.
        if (text[0] != '"' || text.Length < 2 || text[^1] != '"') return text;
        try
        {
            return StrictJson.Read<string>(text, Json);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
