namespace MmDiffusion.Tests.Architecture;

/// <summary>The rooms of the library, its top-level namespaces, and which of them each may see.</summary>
internal static class Room
{
    private const string Root = "MmDiffusion";

    /// <summary>ARCHITECTURE.md shows these edges as a picture.</summary>
    internal static IReadOnlyDictionary<string, string[]> MaySee { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Primitives"] = [],
        ["Data"] = ["Primitives", "Checkpoints"],
        ["Model"] = ["Primitives"],
        ["Diffusion"] = ["Primitives"],
        ["Checkpoints"] = ["Primitives"],
        ["Collectives"] = ["Primitives"],
        ["Generation"] = ["Primitives", "Data", "Model", "Diffusion", "Checkpoints", "Collectives"],
        ["Training"] = ["Primitives", "Data", "Model", "Diffusion", "Checkpoints", "Collectives", "Generation"],
        ["Benchmarking"] = ["Primitives", "Data", "Model", "Diffusion", "Generation", "Training"],
    };

    /// <summary>The room of a namespace: "Model" of "MmDiffusion.Model.Layers"; null outside the library, and for what all may see.</summary>
    internal static string? Of(string? @namespace)
    {
        if (@namespace is null || !@namespace.StartsWith($"{Root}.", StringComparison.Ordinal)) return null;
        var room = @namespace.Split('.')[1];
        return room == "Media" ? null : room; // Media is a project of its own, below the library.
    }

    /// <summary>What is wrong with a use of one namespace by another, or null.</summary>
    internal static string? Violation(string user, string used)
    {
        if (used.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || used == "System.Console" || used.StartsWith("System.Net.Http", StringComparison.Ordinal))
            return $"{user} uses {used}: the library knows neither console nor HTTP";
        if (Of(user) is not { } from) return null;
        if (!MaySee.TryGetValue(from, out var allowed)) return $"{user}: there is no room '{from}'; the rooms are {string.Join(", ", MaySee.Keys)}";
        if (Of(used) is not { } to || to == from || allowed.Contains(to)) return null;
        return $"{from} uses {to} ({user} uses {used}); it may use {(allowed.Length == 0 ? "nothing above it" : string.Join(", ", allowed))}";
    }
}
