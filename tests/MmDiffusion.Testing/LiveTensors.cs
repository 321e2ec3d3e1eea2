using TorchSharp;

namespace MmDiffusion.Testing;

/// <summary>Counts tensors that are alive.</summary>
internal static class LiveTensors
{
    /// <summary>
    /// The count before a test. What earlier tests left to the garbage collector is gone then, so that the count changes by what the test
    /// does alone.
    /// </summary>
    internal static long CountBefore()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return torch.Tensor.TotalCount;
    }
}
