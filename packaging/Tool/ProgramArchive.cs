using System.Formats.Tar;
using System.IO.Compression;

namespace MmDiffusion.Packaging;

/// <summary>A folder as one file: a zip for Windows, a compressed tar elsewhere. The same files give the same bytes.</summary>
internal static class ProgramArchive
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // The earliest that a zip can hold.
    private static readonly DateTimeOffset Time = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes <paramref name="archive"/>, by its ending; in it the files are in a folder of its name.</summary>
    internal static void Write(string folder, string archive)
    {
        var isZip = archive.EndsWith(".zip", StringComparison.Ordinal);
        var name = Path.GetFileName(archive)[..^(isZip ? ".zip" : ".tar.gz").Length];
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => (File: file, Entry: $"{name}/{Path.GetRelativePath(folder, file).Replace('\\', '/')}"));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(archive))!);
        using var output = File.Create(archive);
        if (isZip) WriteZip(output, files);
        else WriteTar(output, files);
    }

    private static void WriteZip(Stream output, IEnumerable<(string File, string Entry)> files)
    {
        using var zip = new ZipArchive(output, ZipArchiveMode.Create);
        foreach (var (file, name) in files)
        {
            var entry = zip.CreateEntry(name, CompressionLevel.Optimal);
            entry.LastWriteTime = Time;
            using var target = entry.Open();
            using var source = File.OpenRead(file);
            source.CopyTo(target);
        }
    }

    private static void WriteTar(Stream output, IEnumerable<(string File, string Entry)> files)
    {
        using var compressed = new GZipStream(output, CompressionLevel.Optimal);
        using var tar = new TarWriter(compressed, TarEntryFormat.Ustar);
        foreach (var (file, name) in files)
        {
            using var source = File.OpenRead(file);
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = source,
                ModificationTime = Time,
                Mode = Path.GetFileName(file) is "mmdiff" or "createdump" ? Executable : Readable,
            });
        }
    }
}
