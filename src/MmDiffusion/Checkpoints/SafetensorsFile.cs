using System.IO.MemoryMappedFiles;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>A safetensors file, mapped into memory.</summary>
internal sealed class SafetensorsFile : IWeightSource
{
    private readonly string _path;
    private readonly SafetensorsHeader _header;
    private readonly MemoryMappedFile? _file;
    private readonly string _prefix;

    private SafetensorsFile(string path, SafetensorsHeader header, MemoryMappedFile? file)
    {
        _path = path;
        _header = header;
        _file = file;
        _prefix = WeightPrefixes.Common(header.Entries.Keys);
        Entries = [.. header.Entries.Values.OrderBy(entry => entry.Begin).Select(entry => entry.Entry with { Name = entry.Entry.Name[_prefix.Length..] })];
    }

    public IReadOnlyList<WeightEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    internal static SafetensorsFile Open(string path)
    {
        using var stream = File.OpenRead(path);
        var header = SafetensorsHeader.Read(path, stream);
        SafetensorsSeal.Require(path, stream, header.DataStart, header.Metadata);
        var mapped = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        return new SafetensorsFile(path, header, mapped);
    }

    public Tensor Load(string name)
    {
        if (!_header.Entries.TryGetValue(_prefix + name, out var found)) throw new MmDiffusionException($"'{_path}' has no tensor '{name}'");
        var (entry, begin, end) = found;
        var result = empty([.. entry.Shape], entry.Type);
        if (end == begin) return result;
        using var view = _file!.CreateViewAccessor(_header.DataStart + begin, end - begin, MemoryMappedFileAccess.Read);
        TensorBytes.Fill(result, view.SafeMemoryMappedViewHandle, view.PointerOffset);
        return result;
    }

    public void Dispose() => _file?.Dispose();
}
