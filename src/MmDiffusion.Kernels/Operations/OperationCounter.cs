using System.ComponentModel;
using System.Diagnostics;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Operations;

/// <summary>
/// Counts the operations of the matrix products and convolutions that run on this thread while it is open: two, a multiplication and an
/// addition, for each weight and position, padding included. The rest of a network is too little to be counted, as is usual.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class OperationCounter : IDisposable
{
    [ThreadStatic]
    private static OperationCounter? _open;

    private readonly OperationCounter? _outer = _open;

    /// <summary>Begins to count.</summary>
    public OperationCounter() => _open = this;

    /// <summary>Operations so far.</summary>
    public long Total { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => _open = _outer;

    /// <summary>A convolution or linear layer over features whose channels are last.</summary>
    /// <param name="x">[…,C]</param>
    /// <param name="weight">[out,C,…]</param>
    internal static void AddLayer(Tensor x, Tensor weight) => Add(() => 2 * (x.numel() / x.size(-1)) * weight.numel());

    /// <summary>The two products of attention: q·kᵀ, and the result with v.</summary>
    /// <param name="queries">Numbers of all queries, N·heads·T·D.</param>
    /// <param name="keys">Keys that each query sees, S.</param>
    public static void AddAttention(long queries, long keys) => Add(() => 2 * 2 * queries * keys);

    private static void Add(Func<long> count)
    {
        if (_open is { } counter) counter.Total += count();
    }
}

/// <summary>Adds up the time of the layers of one kind that run on this thread while it is open, on devices that compute at once.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class LayerClock : IDisposable
{
    [ThreadStatic]
    private static LayerClock? _open;

    private readonly LayerClock? _outer = _open;

    /// <summary>Begins to add up.</summary>
    public LayerClock() => _open = this;

    /// <summary>Time so far.</summary>
    public TimeSpan Total { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => _open = _outer;

    /// <summary>Runs a layer of that kind.</summary>
    public static T Time<T>(Func<T> layer)
    {
        if (_open is not { } clock) return layer();
        var began = Stopwatch.GetTimestamp();
        var result = layer();
        clock.Total += Stopwatch.GetElapsedTime(began);
        return result;
    }
}
