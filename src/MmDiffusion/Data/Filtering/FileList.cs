using MmDiffusion.Media;

namespace MmDiffusion.Data;

/// <summary>Lists of files of a data set: a path in its folder on each line, with forward slashes; lines that begin with # are comments.</summary>
public static class FileList
{
    /// <summary>Reads a list.</summary>
    /// <param name="path">The list.</param>
    /// <returns>At least one path.</returns>
    /// <exception cref="MmDiffusionException">It cannot be read, or is empty.</exception>
    public static IReadOnlyCollection<string> Read(string path)
    {
        try
        {
            var files = File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToList();
            return files.Count > 0 ? files : throw new MmDiffusionException($"the list '{path}' names no file; expected a path on each line");
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
    public static void Write(string path, IEnumerable<string> files) => AtomicFile.WriteText(path, string.Concat(files.Select(file => file + "\n")));
}
