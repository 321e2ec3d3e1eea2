using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>Tensors that belong together.</summary>
/// <param name="Name">Where they are: the names before theirs, joined by dots; empty for the outermost.</param>
/// <param name="Tensors">Names within the section, with indices into the file's tensors, in the file's order.</param>
internal sealed record WeightSection(string Name, IReadOnlyList<(string Name, int Index)> Tensors);

/// <summary>
/// Which tensors of a file belong together. Wherever a network's names and shapes stand behind one prefix, be it made of dicts or of names,
/// is a section that fits it; without a network, dicts that hold tensors are sections, and names tell which of them is meant.
/// </summary>
internal sealed class WeightSections
{
    private const int MostParts = 64;

    // What averages and trainers count beside weights.
    private static readonly HashSet<string> Counters = new(
        [
            "decay", "num_updates", "n_averaged", "step", "steps", "global_step", "epoch", "iteration", "iterations", "iter", "initted",
            "loss",
        ], StringComparer.Ordinal);

    private readonly IReadOnlyList<StoredTensor> _all;
    private readonly string _root;
    private readonly List<WeightSection> _groups;
    private readonly bool _hasDictionaries;

    /// <param name="all">The file's tensors, by full names.</param>
    /// <param name="dictionaries">Dicts that hold tensors themselves, with the indices of these; null where all belongs together.</param>
    /// <param name="root">The section that everything is looked for in; empty for the whole file.</param>
    internal WeightSections(IReadOnlyList<StoredTensor> all, IReadOnlyDictionary<string, List<int>>? dictionaries, string root)
    {
        (_all, _root, _hasDictionaries) = (all, root, dictionaries is not null);
        Whole = Below(root, Enumerable.Range(0, all.Count));
        _groups = dictionaries is null
            ? [Whole]
            : [.. dictionaries.Select(entry => Below(IsBelow(entry.Key, root) ? entry.Key : root, entry.Value)).Where(group =>
                group.Tensors.Count > 0)];
    }

    /// <summary>Whether there is nothing in the root.</summary>
    internal bool IsEmpty => Whole.Tensors.Count == 0;

    /// <summary>Names that can be asked for.</summary>
    internal IReadOnlyList<string> Names => _hasDictionaries
        ? [.. _groups.Select(group => group.Name)]
        : [.. Whole.Tensors.Select(tensor => FirstPart(tensor.Name)).Distinct()];

    private WeightSection Whole { get; }

    /// <summary>
    /// The dicts that hold tensors, in the file's order; without dicts, prefixes behind which stand the same names, as in the state of a
    /// training.
    /// </summary>
    internal IReadOnlyList<WeightSection> All()
    {
        if (_hasDictionaries) return _groups;
        var parts = Names.Select(name => Below(Join(_root, name), Whole, name + ".")).ToList();
        return parts.Count > 1
            && parts.TrueForAll(part =>
                part.Tensors.Count > 0
                    && part.Tensors.Select(tensor => tensor.Name).SequenceEqual(parts[0].Tensors.Select(tensor => tensor.Name)))
            ? parts
            : _groups;
    }

    /// <summary>
    /// The section for somebody who asks for no network: of those with many tensors an average, else the one that is named like weights.
    /// </summary>
    internal WeightSection Shown()
    {
        if (_groups.Count == 0) return Whole;
        var weights = _groups.Where(group => !SectionName.IsOptimizer(Local(group.Name))).ToList();
        if (weights.Count == 0) weights = _groups;
        var most = weights.Max(group => group.Tensors.Count);
        var best = weights.Where(group => group.Tensors.Count * 2 >= most)
            .OrderBy(group => group.Tensors.All(tensor => _all[tensor.Index].Problem is null) ? 0 : 1)
            .ThenBy(group => SectionName.Rank(Local(group.Name))).ThenByDescending(group => group.Tensors.Count).First();
        return Unwrapped(best);
    }

    /// <summary>The sections that have just the names and shapes of a network, best first.</summary>
    internal IReadOnlyList<WeightSection> Fitting(IReadOnlyList<WeightEntry> wanted)
    {
        var network = wanted.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        var found = new List<WeightSection>();
        foreach (var (within, prefix) in Prefixes(network).Where(entry => entry.Value == wanted.Count).Select(entry => entry.Key))
        {
            var section = Below(Join(Group(within).Name, prefix), Group(within), prefix);
            var exact = section with { Tensors = [.. section.Tensors.Where(tensor => network.ContainsKey(tensor.Name))] };
            if (exact.Tensors.Count == wanted.Count && exact.Tensors.All(tensor => Matches(_all[tensor.Index], network[tensor.Name]))
                && section.Tensors.All(tensor => network.ContainsKey(tensor.Name) || IsBeside(tensor)))
                found.Add(exact);
        }
        found.AddRange(WithoutDots(wanted));
        found.AddRange(found.ToList().SelectMany(Numbered));
        return
        [
            .. found.DistinctBy(section => section.Name).Where(section => !SectionName.IsOptimizer(Local(section.Name)))
                .OrderBy(section => SectionName.Rank(Local(section.Name))).ThenBy(section => section.Tensors[0].Index),
        ];
    }

    /// <summary>The section with most of a network's names; null where it has none of them.</summary>
    internal WeightSection? Nearest(IReadOnlyList<WeightEntry> wanted)
    {
        var counts = Prefixes(wanted.ToDictionary(entry => entry.Name, StringComparer.Ordinal));
        if (counts.Count == 0) return null;
        var (within, prefix) = counts.OrderByDescending(entry => entry.Value).ThenBy(entry =>
            SectionName.Rank(Local(Join(Group(entry.Key.Within).Name, entry.Key.Prefix))))
            .First().Key;
        return Below(Join(Group(within).Name, prefix), Group(within), prefix);
    }

    /// <summary>
    /// How many of a network's names stand behind each prefix, in the whole file (0) and in each group by itself (1 …).
    /// </summary>
    private Dictionary<(int Within, string Prefix), int> Prefixes(Dictionary<string, WeightEntry> network)
    {
        var counts = new Dictionary<(int, string), int>();
        var names = network.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var within = 0; within <= _groups.Count; within++)
        {
            foreach (var (name, _) in Group(within).Tensors)
            {
                for (var (start, parts) = (0, 0); parts < MostParts; parts++)
                {
                    if (names.ContainsKey(name.AsSpan(start)))
                    {
                        var key = (within, name[..start]);
                        counts[key] = counts.GetValueOrDefault(key) + 1;
                    }
                    var dot = name.IndexOf('.', start);
                    if (dot < 0) break;
                    start = dot + 1;
                }
            }
        }
        return counts;
    }

    private WeightSection Group(int within) => within == 0 ? Whole : _groups[within - 1];

    /// <summary>
    /// Averages that some keep under names without their dots, as attributes of a module need: with those of the network behind one
    /// prefix.
    /// </summary>
    private IEnumerable<WeightSection> WithoutDots(IReadOnlyList<WeightEntry> wanted)
    {
        if (wanted.FirstOrDefault(entry => entry.Name.Contains('.')) is not { } example) yield break;
        var plain = wanted.Select(entry => Plain(entry.Name)).ToList();
        if (plain.Distinct().Count() < plain.Count) yield break;
        var indices = Whole.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Index, StringComparer.Ordinal);
        foreach (var (name, _) in Whole.Tensors.Where(tensor => tensor.Name.EndsWith(Plain(example.Name), StringComparison.Ordinal)))
        {
            var prefix = name[..^Plain(example.Name).Length];
            var tensors = wanted.Select((entry, i) => (entry.Name, Index: indices.GetValueOrDefault(prefix + plain[i], -1))).ToList();
            if (tensors.TrueForAll(tensor => tensor.Index >= 0)
                && tensors.Zip(wanted).All(pair => Matches(_all[pair.First.Index], pair.Second)))
                yield return new WeightSection(Join(_root, prefix), [.. tensors.OrderBy(tensor => tensor.Index)]);
        }

        static string Plain(string name) => name.Replace(".", "", StringComparison.Ordinal);
    }

    /// <summary>Averages that some keep as a list, in the order of the weights: those with the shapes of a section that fits.</summary>
    private IEnumerable<WeightSection> Numbered(WeightSection fitting) =>
        _groups.Where(group => group.Name != fitting.Name && group.Tensors.Count == fitting.Tensors.Count
            && group.Tensors.Index().All(entry => entry.Item.Name == FormattableString.Invariant($"{entry.Index}")
                && Matches(_all[entry.Item.Index], _all[fitting.Tensors[entry.Index].Index].Entry)))
        .Select(group => group with { Tensors = [.. group.Tensors.Zip(fitting.Tensors, (own, named) => (named.Name, own.Index))] });

    private bool IsBeside((string Name, int Index) tensor) => IsCounter(tensor) || SectionName.IsBesideNetwork(tensor.Name);

    private bool IsCounter((string Name, int Index) tensor) =>
        Counters.Contains(tensor.Name) && (_all[tensor.Index].Problem is not null || _all[tensor.Index].Entry.Elements == 1);

    private static bool Matches(StoredTensor stored, WeightEntry wanted) =>
        stored.Problem is null
            && stored.Entry.Shape.SequenceEqual(wanted.Shape)
            && (is_floating_point(stored.Entry.Type) || !is_floating_point(wanted.Type));

    private WeightSection Below(string name, IEnumerable<int> indices) =>
        new(
            name,
            [.. indices.Select(index => (_all[index].Entry.Name, index))
                .Where(tensor => IsBelow(tensor.Name, name))
                .Select(tensor => (Local(tensor.Name, name), tensor.index))]);

    private static WeightSection Below(string name, WeightSection group, string prefix) =>
        new(
            name,
            [.. group.Tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(tensor =>
                (tensor.Name[prefix.Length..], tensor.Index))]);

    private static WeightSection Unwrapped(WeightSection section)
    {
        var prefix = WeightPrefixes.Common(section.Tensors.Select(tensor => tensor.Name));
        return section with { Tensors = [.. section.Tensors.Select(tensor => (tensor.Name[prefix.Length..], tensor.Index))] };
    }

    private static bool IsBelow(string name, string section) =>
        section.Length == 0
            || (name.StartsWith(section, StringComparison.Ordinal) && (name.Length == section.Length || name[section.Length] == '.'));

    private string Local(string name) => Local(name, _root);

    private static string Local(string name, string section) =>
        section.Length == 0 ? name : name.Length > section.Length ? name[(section.Length + 1)..] : "";

    private static string Join(string section, string prefix) =>
        string.Join('.', new[] { section, prefix.TrimEnd('.') }.Where(part => part.Length > 0));

    /// <summary>The part of a name before the first dot, or before the dot behind a number with one: <c>average_0.9999</c>.</summary>
    private static string FirstPart(string name)
    {
        var parts = name.Split('.');
        return parts.Length > 2 && parts[0].EndsWith("_0", StringComparison.Ordinal) && parts[1].All(char.IsAsciiDigit)
            ? $"{parts[0]}.{parts[1]}"
            : parts[0];
    }
}

/// <summary>What the name of a section says about it.</summary>
internal static class SectionName
{
    private const int Ordinary = 50;

    private static readonly string[] Weights =
    [
        "state_dict", "model_state_dict", "model", "module", "weights", "params", "net", "network", "generator",
    ];
    private static readonly HashSet<string> Averages = new(
        ["avg", "average", "averaged", "averages", "ewma", "polyak", "shadow", "smooth", "smoothed", "swa", "target"],
        StringComparer.Ordinal);
    private static readonly HashSet<string> Otherwise = new(["cinema", "email", "schema"], StringComparer.Ordinal);
    private static readonly HashSet<string> NotAverages = new(["backup", "collected", "online", "original", "raw"], StringComparer.Ordinal);

    // Before the word that they deny: model_without_ddp_ema is an average.
    private static readonly HashSet<string> Denials = new(["no", "non", "not", "pre", "without"], StringComparer.Ordinal);

    private static readonly HashSet<string> Optimizers = new(
        [
            "adam", "adamw", "grad", "gradient", "gradients", "grads", "moment", "moments", "momentum", "opt", "optim", "optimiser",
            "optimisers", "optimizer", "optimizers", "sgd",
        ], StringComparer.Ordinal);

    private static readonly HashSet<string> AboutOptimizers = new(
        ["avg", "buffer", "buffers", "d", "dict", "exp", "first", "g", "second", "sq", "state", "states"],
        StringComparer.Ordinal);

    /// <summary>
    /// The less, the rather it is taken: averages first, then what is named like weights; what an average keeps aside last.
    /// </summary>
    internal static int Rank(string section)
    {
        var words = Words(section);
        var isDenied = words.Zip(words.Skip(1)).Any(pair => Denials.Contains(pair.First) && IsAverage(pair.Second));
        if (isDenied || words.Any(NotAverages.Contains)) return Ordinary + 1;
        if (words.Exists(IsAverage)) return 0;
        var named = Array.FindIndex(Weights, name => section == name || section.EndsWith("." + name, StringComparison.Ordinal));
        return named < 0 ? Ordinary : named + 1;
    }

    /// <summary>
    /// Whether it is state of an optimiser, whose tensors have the names and shapes of weights: in <c>optimizer_state.exp_avg</c> both
    /// parts say so, whereas a <c>momentum_encoder</c> is a network.
    /// </summary>
    internal static bool IsOptimizer(string section) => section.Split('.').Any(part =>
    {
        var words = Words(part);
        return words.Exists(Optimizers.Contains)
            ? words.TrueForAll(word => Optimizers.Contains(word) || AboutOptimizers.Contains(word) || word.All(char.IsAsciiDigit))
            : words.Contains("exp") && words.Contains("avg");
    });

    /// <summary>
    /// Whether a tensor is known to be none of a network's own: an optimiser's, or of a network that a loss is measured by.
    /// </summary>
    internal static bool IsBesideNetwork(string name) =>
        IsOptimizer(name) || Words(name.Split('.')[0]).Exists(word => word is "loss" or "criterion");

    private static bool IsAverage(string word) => Averages.Contains(word)
        || ((word.StartsWith("ema", StringComparison.Ordinal) || word.EndsWith("ema", StringComparison.Ordinal))
            && !Otherwise.Contains(word));

    /// <summary>The words of a name, in small letters: divided at signs and where a capital letter begins one.</summary>
    private static List<string> Words(string name)
    {
        var words = new List<string>();
        var start = 0;
        for (var i = 0; i <= name.Length; i++)
        {
            var ends = i == name.Length || !char.IsLetterOrDigit(name[i]);
            var begins = !ends
                && i > start
                && char.IsUpper(name[i])
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (!ends && !begins) continue;
            if (i > start) words.Add(name[start..i].ToLowerInvariant());
            start = ends ? i + 1 : i;
        }
        return words;
    }
}

/// <summary>Prefixes that wrappers put before every name of a checkpoint's weights.</summary>
internal static class WeightPrefixes
{
    private static readonly string[] Known = ["module.", "_orig_mod."];

    /// <summary>The part that all names start with because of wrappers; empty for none.</summary>
    internal static string Common(IEnumerable<string> names)
    {
        var all = names.ToList();
        var prefix = "";
        while (all.Count > 0
            && Known.FirstOrDefault(next => all.TrueForAll(name => name.StartsWith(prefix + next, StringComparison.Ordinal))) is { } found)
            prefix += found;
        return prefix;
    }
}
