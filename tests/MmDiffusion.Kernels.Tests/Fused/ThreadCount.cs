using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Tests.Fused;

/// <summary>Numbers of threads, for what must not depend on them.</summary>
internal static class ThreadCount
{
    /// <summary>Runs something on so many threads.</summary>
    internal static T With<T>(int threads, Func<T> run)
    {
        var before = get_num_threads();
        try
        {
            set_num_threads(threads);
            return run();
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
