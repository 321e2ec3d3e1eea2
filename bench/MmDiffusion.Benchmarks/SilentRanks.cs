using MmDiffusion.Collectives;
using static TorchSharp.torch;

namespace MmDiffusion.Benchmarks;

/// <summary>Ranks that keep step, and can be told not to exchange tensors.</summary>
internal sealed class SilentRanks(ICollective ranks) : ICollective
{
    /// <summary>Whether tensors stay as they are.</summary>
    internal bool Silent { get; set; }

    public int Rank => ranks.Rank;

    public int Size => ranks.Size;

    public void AllReduce(Tensor values, WireFormat wire = WireFormat.Float32)
    {
        if (!Silent) ranks.AllReduce(values, wire);
    }

    public IReadOnlyList<Shard> Shards(int count) => ranks.Shards(count);

    public void ReduceScatter(Tensor values, WireFormat wire = WireFormat.Float32)
    {
        if (!Silent) ranks.ReduceScatter(values, wire);
    }

    public void AllGather(Tensor values)
    {
        if (!Silent) ranks.AllGather(values);
    }

    public void Broadcast(Tensor values, int root) => ranks.Broadcast(values, root);

    public IReadOnlyList<byte[]> AllGather(ReadOnlySpan<byte> bytes) => ranks.AllGather(bytes);

    public IHandout HandOut(int count) => ranks.HandOut(count);

    public void Dispose() => ranks.Dispose();
}
