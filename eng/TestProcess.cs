using System.Runtime.CompilerServices;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// Linked into every test assembly, which has no Main of its own: sets up the process as a program does, before a test uses TorchSharp.
/// </summary>
internal static class TestProcess
{
    [ModuleInitializer]
    internal static void Configure()
    {
        TorchRuntime.Configure();
        TorchRuntime.Prepare();
    }
}
