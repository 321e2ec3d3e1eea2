using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MmDiffusion.Media.Files;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Indexing;

/// <summary>Where <see cref="FileFacts{T}"/> are kept: in the folder itself, or else among the user's caches.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class FactFiles
{
    internal static JsonSerializerOptions Json { get; } = StrictJson.Of(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Paths to try, the best first.</summary>
    internal static IEnumerable<string> Candidates(string folder, string name)
    {
        yield return Path.Combine(folder, $".mmdiff-{name}.jsonl");
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16];
        if (Caches() is { } caches) yield return Path.Combine(caches, "mmdiff", $"{name}-{key}.jsonl");
    }

    /// <summary>
    /// Opens a file to add lines, after the end of its last whole line; null where that is not possible, or someone else has it open.
    /// </summary>
    internal static StreamWriter? TryAppend(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (!IsOurs(path)) return null;
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            if (file.Length > 0)
            {
                file.Seek(-1, SeekOrigin.End);
                if (file.ReadByte() != '\n') file.WriteByte((byte)'\n');
            }
            return new StreamWriter(file) { AutoFlush = true, NewLine = "\n" };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a file may be added to: there is none, or it begins as a line of facts does. A link may lead to a video.</summary>
    private static bool IsOurs(string path)
    {
        var kind = InputFile.KindOf(path);
        if (kind != FileKind.Regular) return kind == FileKind.Missing && InputFile.IsAbsent(path);
        using var file = File.OpenRead(path);
        return file.ReadByte() is -1 or '{' or '\n';
    }

    /// <summary>The folder for caches of the user; null where there is none.</summary>
    public static string? Caches()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache) return cache;
        if (OperatingSystem.IsWindows()) return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".cache") : null;
    }
}
