namespace MmDiffusion.Media;

/// <summary>
/// Files that are needed for a moment, in the system's folder for them, which the variable TMPDIR chooses. That folder may be missing, full or read-only: work that needs
/// it looks at once (<see cref="Require"/>), and no sentence takes it for the output folder.
/// </summary>
public static class TemporaryFiles
{
    private const string Prefix = "mmdiff-tmp-";
    private const int ProbeBytes = 1 << 16;

    /// <summary>The folder.</summary>
    internal static string Folder => Path.TrimEndingDirectorySeparator(Path.GetTempPath());

    /// <summary>Fails unless a small file can be written.</summary>
    /// <exception cref="MmDiffusionException">It cannot.</exception>
    public static void Require()
    {
        var path = NewPath("probe");
        try
        {
            File.WriteAllBytes(path, new byte[ProbeBytes]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException(WriteFailure.Explain(path, exception), exception);
        }
        finally
        {
            Delete(path);
        }
    }

    /// <summary>A path for a file that does not exist yet.</summary>
    /// <param name="extension">Without a dot.</param>
    public static string NewPath(string extension) => Path.Combine(Folder, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}.{extension}");

    /// <summary>Makes a folder, which its user deletes.</summary>
    /// <exception cref="MmDiffusionException">It cannot be made.</exception>
    public static string NewFolder()
    {
        try
        {
            if (!Directory.Exists(Folder)) throw new DirectoryNotFoundException();
            return Directory.CreateTempSubdirectory(Prefix).FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException(WriteFailure.Explain(Path.Combine(Folder, Prefix), exception), exception);
        }
    }

    /// <summary>Deletes a file where it is there, and never fails.</summary>
    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What came of it matters more than a leftover.
        }
    }

    /// <summary>Whether a path is one of <see cref="NewPath"/>, or in a folder of <see cref="NewFolder"/>.</summary>
    internal static bool Holds(string path) =>
        Path.GetRelativePath(Folder, Path.GetFullPath(path)) is var inside && inside.StartsWith(Prefix, StringComparison.Ordinal);
}
