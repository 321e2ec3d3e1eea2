namespace MmDiffusion.Checkpoints;

/// <summary>Prefixes that wrappers put before every name of a state dict.</summary>
internal static class WeightPrefixes
{
    private static readonly string[] Known = ["module.", "_orig_mod."];

    /// <summary>The part that all names start with because of wrappers; empty for none.</summary>
    internal static string Common(IEnumerable<string> names)
    {
        var all = names.ToList();
        var prefix = "";
        while (all.Count > 0 && Known.FirstOrDefault(next => all.TrueForAll(name => name.StartsWith(prefix + next, StringComparison.Ordinal))) is { } found)
            prefix += found;
        return prefix;
    }
}
