using System.Runtime.InteropServices;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// Functions that libtorch exports though they are no part of its interface. Their parameters are those of one version: in another a
/// function may take others under the same name, so that it is not looked for there.
/// </summary>
internal static class PrivateSymbols
{
    /// <summary>The version of libtorch whose functions are known.</summary>
    internal const string KnownVersion = "2.10.0";

    private static readonly Lazy<nint?> Library = new(() =>
        OperatingSystem.IsLinux() && Fault(TorchRuntime.LibTorchVersion) is null ? NativeModules.Find("libtorch_cpu.so") : null);

    /// <summary>Why nothing is taken from a version of libtorch; null where it is the known one.</summary>
    internal static string? Fault(string version) =>
        version == KnownVersion ? null : $"libtorch is {version}, whose inner functions are not known as those of {KnownVersion} are";

    /// <summary>Looks for a function; loads libtorch.</summary>
    /// <param name="name">As the library exports it.</param>
    /// <param name="address">Where it is.</param>
    /// <returns>Whether it is there, and known.</returns>
    internal static bool TryFind(string name, out nint address)
    {
        address = 0;
        return Library.Value is { } library && NativeLibrary.TryGetExport(library, name, out address);
    }
}
