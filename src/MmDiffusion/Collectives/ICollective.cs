using static TorchSharp.torch;

namespace MmDiffusion.Collectives;

/// <summary>
/// Processes that work as one. Every rank makes the same calls in the same order, but for what <see cref="HandOut"/> returns. Tensors may
/// live on any device: an implementation that reaches only the CPU's memory copies, one that reaches the device's does not.
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
