using System.ComponentModel;
using TorchSharp;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>Which libtorch computes in this process, on what, and why not on the rest.</summary>
/// <param name="Device">What <c>auto</c> means: cpu or cuda.</param>
/// <param name="Origin">Where the libtorch comes from, in words.</param>
/// <param name="Folder">Its folder; null where the system does not tell.</param>
/// <param name="NotUsed">Each other device, and why it is not the one.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record BackendReport(string Device, string Origin, string? Folder, IReadOnlyDictionary<string, string> NotUsed)
{
    /// <summary>Of this process; loads libtorch.</summary>
    /// <exception cref="Media.MmDiffusionException">libtorch cannot be loaded.</exception>
    public static BackendReport Current()
    {
        TorchRuntime.EnsureLoaded();
        var folder = TorchRuntime.Foreign?.Path ?? Path.GetDirectoryName(NativeModules.PathOf(LibtorchFolder.FileName("torch_cpu")));
        var cuda = WhyNotCuda(folder);
        var notUsed = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["mps"] = WhyNotMps() };
        if (cuda is null) notUsed["cpu"] = "CUDA is there; '--device cpu' chooses the processor";
        else notUsed["cuda"] = cuda;
        if (TorchRuntime.Foreign is not null)
            notUsed["the libtorch beside the program"] = "another is named";
        return new BackendReport(
            cuda is null ? "cuda" : "cpu",
            TorchRuntime.Foreign is null ? "beside the program" : $"named by {LibtorchFolder.Variable} or an option",
            folder,
            notUsed);
    }

    private static string? WhyNotCuda(string? folder)
    {
        if (torch.cuda.is_available()) return null;
        if (OperatingSystem.IsMacOS()) return "there is none for macOS";
        if (folder is not null && !File.Exists(Path.Combine(folder, LibtorchFolder.FileName("torch_cuda"))))
            return $"this libtorch was built without it; {LibtorchFolder.Variable} names the folder of one that was built with it";
        return "no NVIDIA device or driver was found";
    }

    private static string WhyNotMps() => OperatingSystem.IsMacOS()
        ? torch.mps_is_available() ? "'--device mps' chooses it" : "this processor or this macOS lacks it"
        : "only Apple's processors have it";
}
