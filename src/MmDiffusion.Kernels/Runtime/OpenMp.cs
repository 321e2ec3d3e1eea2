using System.Runtime.InteropServices;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// The threads that libtorch computes with. Work of our own between its operations runs on them too where they can be had: other threads
/// would have to be woken, and would find these waiting on their cores.
/// </summary>
internal static unsafe class OpenMp
{
    private static readonly delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void> Parallel;
    private static readonly delegate* unmanaged<int> ThreadNumber;
    private static readonly delegate* unmanaged<int> ThreadCount;

    static OpenMp()
    {
        // The one that libtorch brought along has a hash in its name.
        if (!OperatingSystem.IsLinux() || NativeModules.Find("libgomp") is not { } library) return;
        if (!NativeLibrary.TryGetExport(library, "omp_get_thread_num", out var number)
            || !NativeLibrary.TryGetExport(library, "omp_get_num_threads", out var count)
            || !NativeLibrary.TryGetExport(library, "GOMP_parallel", out var parallel)) return;
        ThreadNumber = (delegate* unmanaged<int>)number;
        ThreadCount = (delegate* unmanaged<int>)count;
        Parallel = (delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void>)parallel;
    }

    /// <summary>Whether libtorch is loaded and its threads are GNU's.</summary>
    internal static bool IsAvailable => Parallel != null;

    /// <summary>Runs a body on several threads at once and waits for all.</summary>
    /// <param name="threads">How many, this one among them; fewer run where fewer can be had.</param>
    /// <param name="body">Given its thread's number and how many there are.</param>
    internal static void Run(int threads, Action<int, int> body)
    {
        var work = new Work(body);
        var handle = GCHandle.Alloc(work);
        try
        {
            Parallel(&Invoke, GCHandle.ToIntPtr(handle), (uint)threads, 0);
        }
        finally
        {
            handle.Free();
        }
        if (work.Failure is { } failure) throw failure;
    }

    [UnmanagedCallersOnly]
    private static void Invoke(nint handle)
    {
        var work = (Work)GCHandle.FromIntPtr(handle).Target!;
        try
        {
            work.Body(ThreadNumber(), ThreadCount());
        }
        catch (Exception exception)
        {
            // Native frames are no position for exceptions; the caller throws it.
            work.Failure = exception;
        }
    }

    private sealed class Work(Action<int, int> body)
    {
        internal Action<int, int> Body { get; } = body;

        internal Exception? Failure { get; set; }
    }
}
