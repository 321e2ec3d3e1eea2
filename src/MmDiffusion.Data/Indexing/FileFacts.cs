using System.Text.Json;
using MmDiffusion.Media.Files;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Indexing;

/// <summary>
/// What was found out about the files of a folder, kept in a file so that it is found out once: a line of JSON for each, added as soon as
/// it is known. Facts hold as long as a file's size and time of change stay. What cannot be saved is only remembered.
/// </summary>
/// <typeparam name="T">What is known about a file.</typeparam>
internal sealed class FileFacts<T> : IDisposable where T : class
{
    private readonly string _folder;
    private readonly int _version;
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly string? _path;
    private StreamWriter? _writer;
    private bool _hasWaste;

    /// <summary>Opens what is known about a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">What the facts are about.</param>
    /// <param name="version">Facts of another version are forgotten.</param>
    internal FileFacts(string folder, string name, int version)
    {
        (_folder, _version) = (folder, version);
        foreach (var path in FactFiles.Candidates(folder, name))
        {
            if (FactFiles.TryAppend(path) is not { } writer) continue;
            (_path, _writer) = (path, writer);
            foreach (var text in File.ReadLines(path)) Read(text);
            return;
        }
    }

    /// <summary>Finds what is known about a file as it is now.</summary>
    internal T? Find(string file)
    {
        lock (_gate) return _lines.TryGetValue(file, out var line) && line.Matches(Info(file)) ? line.Facts : null;
    }

    /// <summary>Notes what was found out.</summary>
    internal void Add(string file, T facts)
    {
        var info = Info(file);
        var line = new Line(_version, file, info.Length, info.LastWriteTimeUtc.Ticks, facts);
        lock (_gate)
        {
            _hasWaste |= _lines.ContainsKey(file);
            _lines[file] = line;
            Save(line);
        }
    }

    /// <summary>Rewrites what still holds, if there is anything else in the file.</summary>
    internal void Compact()
    {
        lock (_gate)
        {
            var gone = _lines.Keys.Where(file => !Info(file).Exists).ToList();
            if (_path is null || _writer is null || (!_hasWaste && gone.Count == 0)) return;
            gone.ForEach(file => _lines.Remove(file));
            Dispose();
            AtomicFile.WriteText(
                _path,
                string.Concat(_lines.Values.OrderBy(line => line.File, StringComparer.Ordinal).Select(line =>
                    JsonSerializer.Serialize(line, FactFiles.Json) + "\n")));
        }
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
    }

    private FileInfo Info(string file) => new(Path.Combine(_folder, file));

    private void Read(string text)
    {
        try
        {
            var line = text.Length > 0 ? StrictJson.Read<Line>(text, FactFiles.Json) : null;
            // No file has such a name, and none can be looked for.
            if (line is not null && (line.File.Length == 0 || line.File.Contains('\0', StringComparison.Ordinal))) line = null;
            _hasWaste |= line is null || line.Version != _version || _lines.ContainsKey(line.File);
            if (line is not null && line.Version == _version) _lines[line.File] = line;
        }
        catch (JsonException)
        {
            // Damaged, or the last line of a run that was killed; its file is looked into again.
            _hasWaste = true;
        }
    }

    private void Save(Line line)
    {
        try
        {
            _writer?.WriteLine(JsonSerializer.Serialize(line, FactFiles.Json));
        }
        catch (IOException)
        {
            // A full disk: saving saves time, no more.
            _writer = null;
        }
    }

    private sealed record Line(int Version, string File, long Bytes, long Changed, T Facts)
    {
        internal bool Matches(FileInfo info) => info.Exists && info.Length == Bytes && info.LastWriteTimeUtc.Ticks == Changed;
    }
}
