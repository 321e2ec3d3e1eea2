using MmDiffusion.Media;
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
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public ClipFolder(string path, ClipFileFormat format, bool sheet = false)
    {
        (Path, _format, _sheet, _isNew) = (path, format, sheet ? [] : null, !Directory.Exists(path));
        AtomicFolder.RequireWritable(path);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Files that no result may replace. None by default.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Writes a clip and its manifest.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="name">Name of the files, without ending.</param>
    /// <param name="cancellation">Stops writing and leaves nothing behind.</param>
    /// <exception cref="MmDiffusionException">The clip would replace an input, the disk is full, or ffmpeg fails.</exception>
    public WrittenClip Write(GeneratedClip clip, string name, CancellationToken cancellation = default)
    {
        var target = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, name + ClipWriter.Extension(_format)));
        if (Inputs.Any(input => System.IO.Path.GetFullPath(input) == target))
            throw new MmDiffusionException($"the result would replace the input '{target}'; choose another output folder or seed");
        var paths = ClipFiles.Write(clip, Path, name, _format, cancellation);
        _sheet?.Add((name, clip.Clip));
        return new WrittenClip(paths[0], paths[^1], clip.Manifest);
    }

    /// <summary>Whether a clip is there, finished.</summary>
    /// <param name="name">Name of its files, without ending.</param>
    /// <param name="manifest">How it would be made.</param>
    /// <exception cref="MmDiffusionException">There is one of that name that was made in another way.</exception>
    public bool Has(string name, ClipManifest manifest)
    {
        // Of a clip's files, the manifest is the last to take its place.
        var path = System.IO.Path.Combine(Path, name + ".json");
        if (!File.Exists(path)) return false;
        if (!manifest.IsSameMaking(File.ReadAllText(path)))
            throw new MmDiffusionException($"'{path}' is of a clip that was made in another way, so that the folder's clips cannot be completed; repeat the settings it was made with, or choose another folder");
        var clip = System.IO.Path.Combine(Path, name + ClipWriter.Extension(_format));
        return File.Exists(clip) || Directory.Exists(clip);
    }

    /// <summary>How the noise of the first clip that is there was made; null where none is there.</summary>
    /// <param name="names">Names of clips' files, without ending.</param>
    public RandomGenerator? GeneratorOf(IEnumerable<string> names) =>
        names.Select(name => System.IO.Path.Combine(Path, name + ".json")).Where(File.Exists).Select(path => ClipManifest.GeneratorOf(File.ReadAllText(path)))
            .FirstOrDefault(generator => generator is not null);

    /// <summary>Draws clips that are not finished, over the drawing before.</summary>
    /// <param name="clips">The clips as they look now.</param>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public void WritePreview(IReadOnlyList<Clip> clips) => ContactSheet.Write(System.IO.Path.Combine(Path, PreviewFile), clips);

    /// <summary>Draws every clip written so far.</summary>
    /// <returns>The picture; null where no sheet was asked for, or no clip was written.</returns>
    /// <exception cref="MmDiffusionException">The folder cannot be written.</exception>
    public string? WriteSheet()
    {
        if (_sheet is null or []) return null;
        var path = System.IO.Path.Combine(Path, SheetFile);
        ContactSheet.Write(path, [.. _sheet.Select(entry => entry.Clip)], new ContactSheetOptions { Labels = [.. _sheet.Select(entry => entry.Label)] });
        return path;
    }

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
