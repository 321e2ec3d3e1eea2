using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Distances;

/// <summary>
/// Has matrices computed on one thread until it is disposed of. Where they are small and there are many, threads wait for one another
/// longer than they compute; on a busy machine, a hundred times as long.
/// </summary>
/// <remarks>
/// The number of threads is a setting of the whole process: two that measure at once take turns, or the second would take the first's one
/// thread for what it has to restore.
/// </remarks>
internal readonly struct OneThread : IDisposable
{
    private static readonly Lock Turn = new();

    private readonly int _before;

    private OneThread(int before) => _before = before;

    /// <summary>Begins, until disposal on the same thread; waits for whoever has begun on another.</summary>
    internal static OneThread Begin()
    {
        Turn.Enter();
        var before = get_num_threads();
        set_num_threads(1);
        return new OneThread(before);
    }

    public void Dispose()
    {
        set_num_threads(_before);
        Turn.Exit();
    }
}
