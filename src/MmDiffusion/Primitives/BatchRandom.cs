using static TorchSharp.torch;

namespace MmDiffusion.Primitives;

/// <summary>
/// One random source per sample of a batch: row i of everything drawn comes from source i alone, so that a sample's values do not
/// depend on what else is in the batch.
/// </summary>
public sealed class BatchRandom : IRandomSource, IDisposable
{
    private readonly IReadOnlyList<IRandomSource> _sources;

    /// <summary>Starts the sequences of several seeds.</summary>
    /// <param name="seeds">One seed for each sample of the batch.</param>
    /// <param name="generator">How values are made of a seed.</param>
    public BatchRandom(IEnumerable<ulong> seeds, RandomGenerator generator = RandomGenerator.Philox) =>
        _sources = [.. seeds.Select(seed => generator.Create(seed))];

    /// <inheritdoc/>
    public Tensor Normal(params ReadOnlySpan<long> shape) => Rows(shape, (source, row) => source.Normal(row));

    /// <inheritdoc/>
    public Tensor Uniform(params ReadOnlySpan<long> shape) => Rows(shape, (source, row) => source.Uniform(row));

    /// <inheritdoc/>
    public Tensor Integers(long upper, params ReadOnlySpan<long> shape) => Rows(shape, (source, row) => source.Integers(upper, row));

    /// <inheritdoc/>
    public Tensor Noise(NoiseKey key, params ReadOnlySpan<long> shape) => Rows(shape, (source, row) => source.Noise(key, row));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _sources.OfType<IDisposable>()) source.Dispose();
    }

    private Tensor Rows(ReadOnlySpan<long> shape, Func<IRandomSource, long[], Tensor> draw)
    {
        if (shape.Length == 0 || shape[0] != _sources.Count)
            throw new ArgumentException(
                $"the first dimension of [{string.Join(", ", shape.ToArray())}] is not the batch of {_sources.Count}",
                nameof(shape));
        var row = shape.ToArray();
        row[0] = 1;
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(cat([.. _sources.Select(source => draw(source, row))], 0));
    }
}
