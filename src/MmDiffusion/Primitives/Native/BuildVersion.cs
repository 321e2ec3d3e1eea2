using System.Reflection;

namespace MmDiffusion.Primitives;

/// <summary>What was built: the library's version with the commit, where it was built from one, and libtorch's.</summary>
internal static class BuildVersion
{
    /// <summary>Such as <c>0.1.0+ab12cd… with libtorch 2.10.0</c>.</summary>
    internal static string Current { get; } =
        $"{typeof(BuildVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion} with libtorch {TorchRuntime.LibTorchVersion}";
}
