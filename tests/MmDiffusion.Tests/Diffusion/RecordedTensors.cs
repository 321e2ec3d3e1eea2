using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using static TorchSharp.torch;

namespace MmDiffusion.Tests.Diffusion;

/// <summary>All tensors of a safetensors file by name. Detached from dispose scopes; dispose it to free them.</summary>
internal sealed class RecordedTensors : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = [];

    internal RecordedTensors(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        foreach (var entry in header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
            var offsets = entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32() + 8 + headerLength).ToArray();
            var data = bytes.AsSpan(offsets[0]..offsets[1]);
            var flat = entry.Value.GetProperty("dtype").GetString() switch
            {
                "F32" => tensor(MemoryMarshal.Cast<byte, float>(data).ToArray()),
                "F64" => tensor(MemoryMarshal.Cast<byte, double>(data).ToArray()),
                "I64" => tensor(MemoryMarshal.Cast<byte, long>(data).ToArray()),
                var other => throw new NotSupportedException($"'{entry.Name}' is {other}"),
            };
            _tensors[entry.Name] = flat.reshape(shape).DetachFromDisposeScope();
            flat.Dispose();
        }
    }

    internal IEnumerable<string> Names => _tensors.Keys;

    internal Tensor this[string name] => _tensors[name];

    internal bool Contains(string name) => _tensors.ContainsKey(name);

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values) tensor.Dispose();
    }
}
