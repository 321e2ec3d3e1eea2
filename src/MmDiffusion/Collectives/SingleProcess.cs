using static TorchSharp.torch;

namespace MmDiffusion.Collectives;

/// <summary>A process that works alone.</summary>
public sealed class SingleProcess : ICollective
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void AllReduce(Tensor values, WireFormat wire = WireFormat.Float32)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<Shard> Shards(int count) => count == 0 ? [] : [new Shard(0, count)];

    /// <inheritdoc/>
    public void ReduceScatter(Tensor values, WireFormat wire = WireFormat.Float32)
    {
    }

    /// <inheritdoc/>
    public void AllGather(Tensor values)
    {
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor values, int root) => ArgumentOutOfRangeException.ThrowIfNotEqual(root, 0);

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> AllGather(ReadOnlySpan<byte> bytes) => [bytes.ToArray()];

    /// <inheritdoc/>
    public IHandout HandOut(int count) => new Handout(count);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Handout(int count) : IHandout
    {
        private int _next;

        public int? Next() => _next < count ? _next++ : null;

        public void Abandon() => _next = count;
    }
}
