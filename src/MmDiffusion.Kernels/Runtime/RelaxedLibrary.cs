using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// Loads TorchSharp's native library from a copy in which the one symbol version that older systems lack is marked weak.
/// </summary>
internal static class RelaxedLibrary
{
    /// <summary>
    /// Loads the copy from the first folder that can hold it: beside the program, the user's cache, or at last a private temporary
    /// folder that is deleted at once. A copy found there is used only if it is what would be written, byte for byte.
    /// </summary>
    /// <param name="bridge">The library as the package has it; it stays as it is.</param>
    /// <param name="open">Loads a file, or gives 0; may throw where another copy would be no better. The runtime's way by default.</param>
    /// <exception cref="InvalidDataException">The library is broken, or needs a newer libstdc++ in earnest.</exception>
    /// <exception cref="DllNotFoundException">The library does not load for another reason, or no folder could be written.</exception>
    internal static nint Load(string bridge, Func<string, nint>? open = null)
    {
        open ??= path => NativeLibrary.TryLoad(path, out var loaded) ? loaded : 0;
        var image = RelaxedImage.Of(bridge);
        var name = $"{Path.GetFileNameWithoutExtension(bridge)}.{TorchRuntime.TorchSharpVersion}.relaxed.so";
        foreach (var folder in LastingFolders())
        {
            var path = Path.Combine(folder, name);
            if ((Holds(path, image) || TryWrite(path, image)) && open(path) is not 0 and var handle) return handle;
        }
        return LoadOnce(name, image);
    }

    private static IEnumerable<string> LastingFolders()
    {
        yield return AppContext.BaseDirectory;
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache) yield return Path.Combine(cache, "mmdiff");
        else if (Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home)
            yield return Path.Combine(home, ".cache", "mmdiff");
    }

    private static bool Holds(string path, byte[] image)
    {
        try
        {
            return new FileInfo(path) is { Exists: true } file
                && file.Length == image.Length
                && File.ReadAllBytes(path).AsSpan().SequenceEqual(image);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Writes under another name and renames, so that a second process never loads a half.</summary>
    private static bool TryWrite(string path, byte[] image)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(temporary, image);
            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            return false;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever went wrong, the sentence says what to do.")]
    private static nint LoadOnce(string name, byte[] image)
    {
        string? folder = null;
        try
        {
            // Readable by this user alone: a file that others could put here would be run.
            folder = Directory.CreateTempSubdirectory("mmdiff-").FullName;
            var path = Path.Combine(folder, name);
            File.WriteAllBytes(path, image);
            return NativeLibrary.Load(path);
        }
        catch (Exception exception)
        {
            throw new DllNotFoundException(
                $"'{name}' could not be written and loaded, neither in '{string.Join("' nor '", LastingFolders())}' nor in a temporary "
                + $"folder ({TorchRuntime.Reason(exception)}); make one of them writable", exception);
        }
        finally
        {
            // The loaded library stays mapped.
            if (folder is not null) TryDelete(folder);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
            else File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A leftover of 2 MB is no reason not to run.
        }
    }
}
