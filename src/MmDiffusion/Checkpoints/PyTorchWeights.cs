using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>The tensors of a PyTorch checkpoint over some way to read storages.</summary>
internal sealed class PyTorchWeights : IWeightSource
{
    private readonly string _path;
    private readonly Dictionary<string, TensorReference> _tensors = new(StringComparer.Ordinal);
    private readonly Func<StorageReference, long, Tensor, Tensor> _read;
    private readonly IDisposable _file;

    /// <param name="path">The file, for messages.</param>
    /// <param name="tensors">What the pickle holds.</param>
    /// <param name="read">Fills a tensor with a storage's elements from an index on, and returns it.</param>
    /// <param name="file">Closed with this source.</param>
    internal PyTorchWeights(string path, IReadOnlyList<KeyValuePair<string, TensorReference>> tensors, Func<StorageReference, long, Tensor, Tensor> read, IDisposable file)
    {
        _path = path;
        _read = read;
        _file = file;
        var prefix = WeightPrefixes.Common(tensors.Select(entry => entry.Key));
        foreach (var (name, tensor) in tensors) _tensors[name[prefix.Length..]] = tensor;
        Entries = [.. _tensors.Select(entry => new WeightEntry(entry.Key, entry.Value.Storage.Type, entry.Value.Shape))];
    }

    public IReadOnlyList<WeightEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public Tensor Load(string name)
    {
        if (!_tensors.TryGetValue(name, out var tensor)) throw new MmDiffusionException($"'{_path}' has no tensor '{name}'");
        using var scope = NewDisposeScope();
        if (tensor.Extent == 0) return empty(tensor.Shape, tensor.Storage.Type).MoveToOuterDisposeScope();
        try
        {
            var elements = _read(tensor.Storage, tensor.Offset, empty(tensor.Extent, tensor.Storage.Type));
            var result = tensor.IsContiguous ? elements.view(tensor.Shape) : elements.as_strided(tensor.Shape, tensor.Strides).contiguous();
            return result.MoveToOuterDisposeScope();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new MmDiffusionException($"'{_path}' is damaged at '{name}': {exception.Message}", exception);
        }
    }

    public void Dispose() => _file.Dispose();
}
