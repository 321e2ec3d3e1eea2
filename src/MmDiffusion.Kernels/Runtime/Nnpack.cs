using System.ComponentModel;
using static TorchSharp.torch;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// NNPACK, one of libtorch's libraries for convolutions, which on many virtual machines cannot start: libtorch then tries again at every
/// convolution that oneDNN does not take, and writes a warning to the standard error each time. Where it can start it only takes a few
/// small convolutions.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static unsafe class Nnpack
{
    private static readonly Lazy<bool> Off = new(TurnOff);

    /// <summary>Keeps libtorch from trying it, from the first call on; loads libtorch.</summary>
    public static void Disable() => _ = Off.Value;

    private static bool TurnOff()
    {
        using var probe = zeros(1); // Loads libtorch.
        // at::globalContext().setUserEnabledNNPACK(false), which libtorch offers to Python alone.
        if (!PrivateSymbols.TryFind("_ZN2at13globalContextEv", out var context)
            || !PrivateSymbols.TryFind("_ZN2at7Context20setUserEnabledNNPACKEb", out var set)) return false;
        ((delegate* unmanaged<nint, byte, void>)set)(((delegate* unmanaged<nint>)context)(), 0);
        return true;
    }
}
