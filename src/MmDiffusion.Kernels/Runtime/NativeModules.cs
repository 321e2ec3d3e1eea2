using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>Native libraries that this process has loaded.</summary>
internal static class NativeModules
{
    /// <summary>A handle of the first whose file's name begins so; null where there is none.</summary>
    internal static nint? Find(string fileName) =>
        PathOf(fileName) is { } path && NativeLibrary.TryLoad(path, out var library) ? library : null;

    /// <summary>The path of the first whose file's name begins so; null where there is none.</summary>
    internal static string? PathOf(string fileName)
    {
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>()
            .FirstOrDefault(module => module.ModuleName.StartsWith(fileName, StringComparison.OrdinalIgnoreCase))?.FileName;
    }
}
