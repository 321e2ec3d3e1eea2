using MmDiffusion.Media;
using MmDiffusion.Media.FfmpegProgram;
using MmDiffusion.Media.Files;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Writing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Generation;

/// <summary>
/// The folder that a run writes to. Whether it can be written is found out at once rather than after the work; a folder that was made
/// for a run which then wrote nothing is removed again.
/// </summary>
public sealed class ClipFolder : IDisposable
{
    private const string PreviewFile = "preview.png";
    private const string SheetFile = "sheet.png";

    private readonly ClipFileFormat _format;
    private readonly List<(string Label, Clip Clip)>? _sheet;
    private readonly bool _isNew;

    /// <summary>Opens a folder for results.</summary>
    /// <param name="path">Made where it does not exist.</param>
    /// <param name="format">How clips are stored.</param>
    /// <param name="sheet">Whether the clips are kept in memory for <see cref="WriteSheet"/>.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be written, or ffmpeg is not installed and the format needs it.</exception>
    public ClipFolder(string path, ClipFileFormat format, bool sheet = false)
    {
        (Path, _format, _sheet, _isNew) = (path, format, sheet ? [] : null, !Directory.Exists(path));
        if (format != ClipFileFormat.Frames) Ffmpeg.Require();
        AtomicFolder.RequireWritable(path);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Files that no result may replace. None by default.</summary>
    public KeptFiles Inputs { get; init; } = new();

    /// <summary>Finds out, before the work, whether results would replace an input or something else that is no earlier result.</summary>
    /// <param name="names">Names of the clips to come, without extension.</param>
    /// <param name="preview">Whether <see cref="WritePreview"/> will be called.</param>
    /// <exception cref="MmDiffusionException">They would.</exception>
    public void RequireReplaceable(IEnumerable<string> names, bool preview = false)
    {
        var there = Directory.EnumerateFileSystemEntries(Path)
            .Select(entry => System.IO.Path.GetFileName(entry))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (there.Count == 0) return;
        if (preview) RequirePicture(PreviewFile);
        if (_sheet is not null) RequirePicture(SheetFile);
        foreach (var name in names)
        {
            var targets = Targets(name);
            // A million clips in an empty folder need no look at the disk for each.
            if (!targets.Any(target => there.Contains(System.IO.Path.GetFileName(target)))) continue;
            Inputs.Require(targets);
            AtomicFile.RequireReplaceable(targets[^1]);
            ClipWriter.RequireReplaceable(targets[0], _format);
        }

        void RequirePicture(string file)
        {
            Inputs.Require(PathOf(file));
            AtomicFile.RequireReplaceable(PathOf(file));
        }
    }

    /// <summary>Writes a clip and its manifest.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="name">Name of the files, without ending.</param>
    /// <param name="cancellation">Stops writing and leaves nothing behind.</param>
    /// <exception cref="MmDiffusionException">The clip would replace an input, the disk is full, or ffmpeg fails.</exception>
    public WrittenClip Write(GeneratedClip clip, string name, CancellationToken cancellation = default)
    {
        Inputs.Require(Targets(name));
        var paths = ClipFiles.Write(clip, Path, name, _format, cancellation);
        _sheet?.Add((name, clip.Clip));
        return new WrittenClip(paths[0], paths[^1], clip.Manifest);
    }

    /// <summary>Told, in a sentence, of each clip that <see cref="Has"/> finds damaged. Null, the default, for nobody.</summary>
    public Action<string>? OnDamaged { get; init; }

    /// <summary>
    /// Whether a clip is there, finished and whole: a power cut, a full disk or a copy that was broken off leaves others.
    /// </summary>
    /// <param name="name">Name of its files, without ending.</param>
    /// <param name="manifest">How it would be made.</param>
    /// <exception cref="MmDiffusionException">
    /// There is one of that name that was made in another way, or a file that is no manifest.
    /// </exception>
    public bool Has(string name, ClipManifest manifest)
    {
        // Of a clip's files, the manifest is the last to take its place.
        var path = PathOf(name + ".json");
        if (InputFile.IsAbsent(path)) return false;
        InputFile.Require(path);
        var stored = ReadManifest(path);
        switch (ClipManifest.IsManifest(stored))
        {
            case null:
                OnDamaged?.Invoke($"'{path}' is damaged; its clip is made again");
                return false;
            case false:
                throw new MmDiffusionException(
                    $"'{path}' is not the manifest of a clip, and would be replaced by one; move it away, or choose another folder");
        }
        if (!manifest.IsSameMaking(stored))
            throw new MmDiffusionException(
                $"'{path}' is of a clip that was made in another way, so that the folder's clips cannot be completed; repeat the settings "
                + "it was made with, or choose another folder");
        var clip = ClipOf(name);
        if (InputFile.IsAbsent(clip)) return false;
        if (manifest.Model?.Configuration is not { Coupled: not null } made || StoredClip.Fault(clip, _format, made) is not { } fault)
            return true;
        OnDamaged?.Invoke($"'{clip}' {fault}; it is made again");
        return false;
    }

    private static string ReadManifest(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot read '{path}': {exception.Message.TrimEnd('.')}", exception);
        }
    }

    /// <summary>How the noise of the first clip that is there was made; null where none is there.</summary>
    /// <param name="names">Names of clips' files, without ending.</param>
    public RandomGenerator? GeneratorOf(IEnumerable<string> names) =>
        Manifests(names).Select(ClipManifest.GeneratorOf).FirstOrDefault(generator => generator is not null);

    /// <summary>The number of threads that the first clip that is there was made with; null where none is there, or none tells.</summary>
    /// <param name="names">Names of clips' files, without ending.</param>
    public int? ThreadsOf(IEnumerable<string> names) =>
        Manifests(names).Select(ClipManifest.ThreadsOf).FirstOrDefault(threads => threads is not null);

    private IEnumerable<string> Manifests(IEnumerable<string> names) =>
        names.Select(name => System.IO.Path.Combine(Path, name + ".json"))
            .Where(path => InputFile.KindOf(path) == FileKind.Regular)
            .Select(File.ReadAllText);

    /// <summary>Draws clips that are not finished, over the drawing before.</summary>
    /// <param name="clips">The clips as they look now.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public void WritePreview(IReadOnlyList<Clip> clips)
    {
        Inputs.Require(PathOf(PreviewFile));
        ContactSheet.Write(PathOf(PreviewFile), clips);
    }

    /// <summary>Draws every clip written so far.</summary>
    /// <returns>The picture; null where no sheet was asked for, or no clip was written.</returns>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public string? WriteSheet()
    {
        if (_sheet is null or []) return null;
        var path = PathOf(SheetFile);
        Inputs.Require(path);
        ContactSheet.Write(path, [.. _sheet.Select(entry => entry.Clip)], new ContactSheetOptions
        {
            Labels = [.. _sheet.Select(entry => entry.Label)],
        });
        return path;
    }

    private string PathOf(string file) => System.IO.Path.Combine(Path, file);

    private string ClipOf(string name) => PathOf(name + ClipWriter.Extension(_format));

    private IReadOnlyList<string> Targets(string name) => [.. ClipWriter.Targets(ClipOf(name), _format), PathOf(name + ".json")];

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isNew) return;
        try
        {
            if (!Directory.EnumerateFileSystemEntries(Path).Any()) Directory.Delete(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another rank removed it, or has just written to it.
        }
    }
}

/// <summary>Finished clips as files.</summary>
public static class ClipFiles
{
    /// <summary>Writes a clip, and its manifest as JSON beside it: both or neither.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="name">Name of the files, without ending.</param>
    /// <param name="format">How the clip is stored.</param>
    /// <param name="cancellation">Stops writing and leaves nothing behind.</param>
    /// <returns>The paths written: the clip first, the manifest last.</returns>
    /// <exception cref="MmDiffusionException">The folder cannot be written, the disk is full, or ffmpeg fails.</exception>
    public static IReadOnlyList<string> Write(
        GeneratedClip clip,
        string folder,
        string name,
        ClipFileFormat format,
        CancellationToken cancellation = default)
    {
        var (path, manifest) = (Path.Combine(folder, name + ClipWriter.Extension(format)), Path.Combine(folder, name + ".json"));
        IReadOnlyList<string> media = [];
        // Two processes that make a clip of one name would leave the files of one beside the manifest of the other.
        using var alone = FileLock.Take(Path.Combine(folder, $".{name}.lock"), cancellation);
        // Within the manifest's own write, so that a disk that fills up is found out before the clip takes its place.
        AtomicFile.Write(manifest, temporary =>
        {
            File.WriteAllText(temporary, clip.Manifest.ToJson() + "\n");
            media = ClipWriter.Write(path, clip.Clip, format, cancellation: cancellation);
        });
        return [.. media, manifest];
    }
}

/// <summary>A clip that is stored.</summary>
/// <param name="Path">Its file, or its folder of frames.</param>
/// <param name="ManifestPath">The JSON beside it.</param>
/// <param name="Manifest">How to make it again.</param>
public sealed record WrittenClip(string Path, string ManifestPath, ClipManifest Manifest);
