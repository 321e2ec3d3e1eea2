using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>Shares the work of own kernels among as many threads as the tensors' operations use.</summary>
internal static class Threads
{
    /// <summary>Fewer numbers than this are one thread's work: sharing would take longer.</summary>
    internal const int LeastWork = 1 << 14;

    /// <summary>Runs an action for 0 … count - 1.</summary>
    /// <param name="count">How often.</param>
    /// <param name="elements">Numbers that all of it goes through.</param>
    /// <param name="action">Given each number once, by whichever thread.</param>
    internal static void For(int count, long elements, Action<int> action) => Share(count, elements, (begin, end) =>
    {
        for (var i = begin; i < end; i++) action(i);
    });

    /// <summary>The same for what a thread wants to know as a whole.</summary>
    /// <param name="count">How often.</param>
    /// <param name="elements">Numbers that all of it goes through.</param>
    /// <param name="action">Given the numbers of each thread: the first, and the one behind the last.</param>
    internal static void Share(int count, long elements, Action<int, int> action)
    {
        var threads = elements < LeastWork ? 1 : Math.Min(get_num_threads(), count);
        if (threads == 1) Part(0, 1);
        else if (OpenMp.IsAvailable) OpenMp.Run(threads, Part);
        else Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread => Part(thread, threads));

        void Part(int thread, int of) => action((int)((long)count * thread / of), (int)((long)count * (thread + 1) / of));
    }
}
