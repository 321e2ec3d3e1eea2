using static TorchSharp.torch;

namespace MmDiffusion.Model;

/// <summary>
/// Gradients on their way from own functions to libtorch, which takes its references to them only when the function has returned. Left to a scope,
/// those of all layers would be kept until the whole way back is done; here they are let go at the next function.
/// </summary>
internal static class Handover
{
    [ThreadStatic]
    private static List<Tensor>? _before;

    /// <summary>Ends a function's way back.</summary>
    /// <param name="gradients">Of the function's arguments, null for none; moved to the scope around the function's.</param>
    /// <returns>The same, as libtorch wants them.</returns>
    internal static List<Tensor> Of(params ReadOnlySpan<Tensor?> gradients)
    {
        foreach (var gradient in _before ?? []) gradient?.Dispose();
        _before = [];
        foreach (var gradient in gradients) _before.Add(gradient?.MoveToOuterDisposeScope()!);
        return [.. _before];
    }
}
