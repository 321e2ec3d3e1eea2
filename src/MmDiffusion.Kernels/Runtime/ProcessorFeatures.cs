using System.Runtime.InteropServices;
using X86 = System.Runtime.Intrinsics.X86;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>What this machine's processor can do that decides how fast tensors are computed.</summary>
/// <param name="Name">The processor's own name, or the architecture where it does not tell.</param>
/// <param name="Cores">Logical processors that this process may use.</param>
/// <param name="Avx2">256-bit vectors.</param>
/// <param name="Avx512">512-bit vectors.</param>
/// <param name="Bf16">Multiplies bfloat16 in hardware (AVX512-BF16 or AMX-BF16).</param>
public sealed record ProcessorFeatures(string Name, int Cores, bool Avx2, bool Avx512, bool Bf16)
{
    private const string CpuInfo = "/proc/cpuinfo";

    // Linux lists there what the processor tells of its caches.
    private const string Caches = "/sys/devices/system/cpu/cpu0/cache";

    /// <summary>Those of this machine.</summary>
    public static ProcessorFeatures Current { get; } = Read(File.Exists(CpuInfo) ? File.ReadLines(CpuInfo) : []);

    /// <summary>
    /// Whether the processor tells nothing of its caches, as on some virtual machines. oneDNN then plans convolutions of size 1 for caches
    /// of no size, and for some numbers of channels divides by zero, which ends the process.
    /// </summary>
    internal static bool HidesCaches { get; } =
        OperatingSystem.IsLinux()
            && Directory.Exists(Path.GetDirectoryName(Caches))
            && !File.Exists(Path.Combine(Caches, "index0", "size"));

    /// <summary>
    /// Reads the lines that Linux gives for its processors; elsewhere there are none, and only what .NET knows is filled in.
    /// </summary>
    internal static ProcessorFeatures Read(IEnumerable<string> cpuInfo)
    {
        // The first processor's block; all are alike on the machines that matter here.
        var fields = cpuInfo
            .TakeWhile(line => line.Length > 0)
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair.Length == 2)
            .DistinctBy(pair => pair[0])
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        var flags = fields.GetValueOrDefault("flags", "").Split(' ');
        return new ProcessorFeatures(
            fields.GetValueOrDefault("model name", $"{RuntimeInformation.ProcessArchitecture}"),
            Environment.ProcessorCount,
            X86.Avx2.IsSupported, X86.Avx512F.IsSupported, flags.Contains("avx512_bf16") || flags.Contains("amx_bf16"));
    }
}
