using static TorchSharp.torch;

namespace MmDiffusion.Evaluation.Distances;

/// <summary>
/// Has matrices computed on one thread until it is disposed of. Where they are small and there are many, threads wait for one another
/// longer than they compute; on a busy machine, a hundred times as long.
/// </summary>
internal readonly struct OneThread : IDisposable
{
    private readonly int _before;

    private OneThread(int before) => _before = before;

    /// <summary>Begins, until disposal.</summary>
    internal static OneThread Begin()
    {
        var before = get_num_threads();
        set_num_threads(1);
        return new OneThread(before);
    }

    public void Dispose() => set_num_threads(_before);
}
