namespace MmDiffusion.Checkpoints;

/// <summary>What the name of a section says about it.</summary>
internal static class SectionName
{
    private const int Ordinary = 50;

    private static readonly string[] Weights = ["state_dict", "model_state_dict", "model", "module", "weights", "params", "net", "network", "generator"];
    private static readonly HashSet<string> Averages = new(["avg", "average", "averaged", "averages", "polyak", "shadow", "smooth", "smoothed", "swa"], StringComparer.Ordinal);
    private static readonly HashSet<string> Otherwise = new(["cinema", "email", "schema"], StringComparer.Ordinal);
    private static readonly HashSet<string> NotAverages = new(["backup", "collected", "no", "non", "not", "online", "original", "pre", "raw", "without"], StringComparer.Ordinal);
    private static readonly HashSet<string> Optimizers = new(
        ["adam", "adamw", "grad", "gradient", "gradients", "grads", "moment", "moments", "momentum", "opt", "optim", "optimiser", "optimisers", "optimizer", "optimizers", "sgd"], StringComparer.Ordinal);

    /// <summary>
    /// The less, the rather it is taken: averages first, then what is named like weights; what an average keeps aside last.
    /// </summary>
    internal static int Rank(string section)
    {
        var words = Words(section);
        if (words.Any(NotAverages.Contains)) return Ordinary + 1;
        if (words.Exists(IsAverage)) return 0;
        var named = Array.FindIndex(Weights, name => section == name || section.EndsWith("." + name, StringComparison.Ordinal));
        return named < 0 ? Ordinary : named + 1;
    }

    /// <summary>Whether it is state of an optimiser, whose tensors have the names and shapes of weights.</summary>
    internal static bool IsOptimizer(string section)
    {
        var words = Words(section);
        return words.Exists(Optimizers.Contains) || (words.Contains("exp") && words.Contains("avg"));
    }

    private static bool IsAverage(string word) => Averages.Contains(word)
        || ((word.StartsWith("ema", StringComparison.Ordinal) || word.EndsWith("ema", StringComparison.Ordinal)) && !Otherwise.Contains(word));

    /// <summary>The words of a name, in small letters: divided at signs and where a capital letter begins one.</summary>
    private static List<string> Words(string name)
    {
        var words = new List<string>();
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            var ends = i == name.Length || !char.IsLetterOrDigit(name[i]);
            var begins = !ends && i > start && char.IsUpper(name[i]) && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (!ends && !begins) continue;
            if (i > start) words.Add(name[start..i].ToLowerInvariant());
            start = ends ? i + 1 : i;
        }
        return words;
    }
}
