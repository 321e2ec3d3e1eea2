using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>Native libraries that this process has loaded.</summary>
internal static class NativeModules
{
    /// <summary>A handle of the first whose file's name begins so; null where there is none.</summary>
    internal static nint? Find(string fileName)
    {
        using var process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            if (module.ModuleName.StartsWith(fileName, StringComparison.Ordinal) && NativeLibrary.TryLoad(module.FileName, out var library))
                return library;
        }
        return null;
    }
}
