using MmDiffusion.Kernels.Runtime;
using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>Where networks can run on this machine, by name.</summary>
public static class DeviceChoice
{
    /// <summary>Every name there is, whatever this machine has; the first is the default.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "cpu", "cuda", "mps"];

    /// <summary>The devices of this machine: "cpu", and "cuda" or "mps" where they are there.</summary>
    /// <exception cref="MmDiffusionException">libtorch cannot be loaded.</exception>
    public static IReadOnlyList<string> Available()
    {
        TorchRuntime.EnsureLoaded();
        return [.. Names.Skip(1).Where(IsThere)];
    }

    /// <summary>The device of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>; "auto" is CUDA where it is there, else the CPU.</param>
    /// <exception cref="MmDiffusionException">There is no such device here.</exception>
    public static Device Find(string name)
    {
        var available = Available();
        var wanted = name == "auto" ? available.Contains("cuda") ? "cuda" : "cpu" : name;
        return available.Contains(wanted)
            ? new Device(wanted)
            : throw new MmDiffusionException($"there is no device '{wanted}' here; choose auto or {string.Join(" or ", available)}");
    }

    private static bool IsThere(string name) => name switch
    {
        "cpu" => true,
        "cuda" => cuda.is_available(),
        _ => mps_is_available(),
    };
}
