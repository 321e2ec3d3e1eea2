using System.Runtime.CompilerServices;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// Linked into every executable and test assembly: the hook that lets libtorch load must be in place before the first use of
/// TorchSharp, and that may come before any type of the library is touched.
/// </summary>
internal static class TorchModuleInitializer
{
    [ModuleInitializer]
    internal static void Initialize() => TorchRuntime.Prepare();
}
