namespace MmDiffusion.Cli.Tests.Architecture;

/// <summary>The folders of the libraries, the namespaces right below MmDiffusion, and which of them each may see.</summary>
internal static class Folder
{
    private const string Root = "MmDiffusion";

    /// <summary>ARCHITECTURE.md shows these edges as a picture. All but Media and Kernels may also see these two.</summary>
    internal static IReadOnlyDictionary<string, string[]> MaySee { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Media"] = [],
        ["Kernels"] = [],
        ["Primitives"] = [],
        ["Collectives"] = ["Primitives"],
        ["Model"] = ["Primitives"],
        ["Diffusion"] = ["Primitives"],
        ["Checkpoints"] = ["Primitives"],
        ["Generation"] = ["Primitives", "Collectives", "Model", "Diffusion", "Checkpoints"],
        ["Hosting"] = ["Generation"],
        ["Data"] = ["Primitives", "Checkpoints"],
        ["Distributed"] = ["Primitives", "Collectives"],
        ["Training"] = ["Primitives", "Collectives", "Model", "Diffusion", "Checkpoints", "Generation", "Data", "Distributed"],
        ["Evaluation"] =
        [
            "Primitives", "Collectives", "Model", "Diffusion", "Checkpoints", "Generation", "Data", "Distributed", "Training",
        ],
    };

    /// <summary>The folder of a namespace: "Model" of "MmDiffusion.Model.Layers"; null outside the libraries.</summary>
    internal static string? Of(string? @namespace) =>
        @namespace is not null && @namespace.StartsWith($"{Root}.", StringComparison.Ordinal) ? @namespace.Split('.')[1] : null;

    /// <summary>What is wrong with a use of one namespace by another, or null.</summary>
    internal static string? Violation(string user, string used)
    {
        if (used.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
            || used == "System.Console"
            || used.StartsWith("System.Net.Http", StringComparison.Ordinal))
            return $"{user} uses {used}: the library knows neither console nor HTTP";
        if (Of(user) is not { } from) return null;
        if (!MaySee.TryGetValue(from, out var allowed))
            return $"{user}: there is no folder '{from}'; the folders are {string.Join(", ", MaySee.Keys)}";
        if (used == Root && from != "Hosting") return $"{user} uses {used}: the pipeline stands above all of its folders";
        if (Of(used) is not { } to || to == from || allowed.Contains(to)) return null;
        // The kernels fail as everything does, by MmDiffusionException; of clips they know nothing.
        if (to is "Media" or "Kernels" && (from is not ("Media" or "Kernels") || (from == "Kernels" && used == $"{Root}.Media")))
            return null;
        return $"{from} uses {to} ({user} uses {used}); it may use "
            + $"{(allowed.Length == 0 ? "nothing above it" : string.Join(", ", allowed))}";
    }
}
