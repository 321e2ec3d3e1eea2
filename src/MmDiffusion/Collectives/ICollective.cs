using static TorchSharp.torch;

namespace MmDiffusion.Collectives;

/// <summary>
/// Processes that work as one. Every rank makes the same calls in the same order, but for what <see cref="HandOut"/> returns; one thread
/// may make them after another, but no two at once. Tensors may live on any device: an implementation that reaches only the CPU's memory
/// copies, one that reaches the device's does not.
/// </summary>
public interface ICollective : IDisposable
{
    /// <summary>This process, from 0.</summary>
    int Rank { get; }

    /// <summary>How many there are, at least 1.</summary>
    int Size { get; }

    /// <summary>Replaces values by their sum over all ranks, the same bits on each, and the same in every run.</summary>
    /// <param name="values">float32, contiguous, as many on every rank.</param>
    /// <param name="wire">How values travel. Sums are float32 in any case.</param>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    void AllReduce(Tensor values, WireFormat wire = WireFormat.Float32);

    /// <summary>What this rank owns of a tensor, in order. Every value has one owner; not every rank need own any.</summary>
    /// <param name="count">The tensor's values.</param>
    IReadOnlyList<Shard> Shards(int count);

    /// <summary>
    /// The first half of an <see cref="AllReduce"/>: this rank's <see cref="Shards"/> have the bits they would have after it, and other
    /// values are of no use.
    /// </summary>
    /// <param name="values">float32, contiguous, as many on every rank.</param>
    /// <param name="wire">How values travel.</param>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    void ReduceScatter(Tensor values, WireFormat wire = WireFormat.Float32);

    /// <summary>The second half: replaces the values of others' <see cref="Shards"/> by what their owners have, as they are.</summary>
    /// <param name="values">float32, contiguous, as many on every rank.</param>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    void AllGather(Tensor values);

    /// <summary>Replaces values by those of one rank.</summary>
    /// <param name="values">float32, contiguous, as many on every rank.</param>
    /// <param name="root">The rank that has them.</param>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    void Broadcast(Tensor values, int root);

    /// <summary>Gives each rank what all of them have: some bytes each, not necessarily as many.</summary>
    /// <param name="bytes">This rank's, fewer than 2 GiB.</param>
    /// <returns>Those of every rank, by rank.</returns>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    IReadOnlyList<byte[]> AllGather(ReadOnlySpan<byte> bytes);

    /// <summary>Hands out numbers, each to one rank, to whoever asks first. All ranks begin together, and each asks until none is left.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="MmDiffusionException">Another rank is gone.</exception>
    IHandout HandOut(int count);
}
