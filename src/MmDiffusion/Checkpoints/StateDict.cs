using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>Weights into networks and out of them, strictly by name.</summary>
public static class StateDict
{
    private const int NamesShown = 4;

    /// <summary>
    /// Fills every parameter and buffer of a network from the section of a file that fits it. Values are converted to the type and device
    /// they go to, one tensor at a time.
    /// </summary>
    /// <param name="module">The network.</param>
    /// <param name="source">The weights.</param>
    /// <param name="origin">Their file, for messages; null where unknown.</param>
    /// <param name="added">A parameter of the network that the weights may lack, and which then is zero; null for none.</param>
    /// <returns>The section that was taken, of <paramref name="source"/>.</returns>
    /// <exception cref="MmDiffusionException">Names or shapes differ; one message lists how.</exception>
    public static IWeightSource LoadInto(nn.Module module, IWeightSource source, string? origin = null, string? added = null)
    {
        var targets = module.state_dict();
        var lacks = added is not null && targets.ContainsKey(added) && LacksOnly(module, source, added);
        var fitting = lacks ? source.Fitting(Entries(module, except: added), out _) : RequireFit(module, source, origin);
        using var noGradient = no_grad();
        foreach (var (name, target) in targets)
        {
            using var scope = NewDisposeScope();
            if (lacks && name == added) target.zero_();
            else target.copy_(fitting.Load(name));
        }
        return fitting;
    }

    /// <summary>Writes every parameter and buffer of a network to a safetensors file.</summary>
    /// <param name="module">The network.</param>
    /// <param name="path">The file.</param>
    /// <param name="metadata">Text to carry; null for none.</param>
    /// <exception cref="MmDiffusionException">The file cannot be written.</exception>
    public static void Save(nn.Module module, string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, module.state_dict(), metadata);

    /// <summary>Finds the section of a file whose names and shapes are the network's, which may live on the <c>meta</c> device.</summary>
    /// <param name="module">The network.</param>
    /// <param name="source">The weights.</param>
    /// <param name="origin">Their file, for messages; null where unknown.</param>
    /// <returns>The section, of <paramref name="source"/>: averaged weights (EMA) before others.</returns>
    /// <exception cref="MmDiffusionException">None fits; one message lists how the nearest differs.</exception>
    public static IWeightSource RequireFit(nn.Module module, IWeightSource source, string? origin = null)
    {
        var targets = module.state_dict();
        var section = source.Fitting(Entries(module), out var fits);
        if (fits) return section;
        var found = section.Entries.ToDictionary(entry => entry.Name);
        var problems = new List<string>();
        Add(problems, "missing", targets.Keys.Where(name => !found.ContainsKey(name) && !section.Unreadable.ContainsKey(name)));
        Add(problems, "unexpected", found.Keys.Where(name => !targets.ContainsKey(name)));
        Add(
            problems,
            "of another shape",
            targets.Where(target => found.TryGetValue(target.Key, out var entry) && !entry.Shape.SequenceEqual(target.Value.shape))
                .Select(target =>
                    $"{target.Key} [{string.Join(", ", found[target.Key].Shape)}] for [{string.Join(", ", target.Value.shape)}]"));
        Add(problems, "of whole numbers where fractions belong", targets
            .Where(target => found.TryGetValue(target.Key, out var entry)
                && target.Value.is_floating_point() && !is_floating_point(entry.Type))
            .Select(target => $"{target.Key} {found[target.Key].Type}"));
        Add(
            problems,
            "that cannot be read",
            section.Unreadable.Where(entry => targets.ContainsKey(entry.Key)).Select(entry => $"{entry.Key} {entry.Value}"));
        var place = (origin, section.Section) switch
        {
            (null, "") => "",
            (null, var name) => $"of the section '{name}' ",
            (var file, "") => $"in '{file}' ",
            var (file, name) => $"in '{file}', section '{name}', ",
        };
        if (problems.Count == 0)
            throw new MmDiffusionException(
                $"the weights {place}look like the state of an optimiser, with the names and shapes of the network; if they are its "
                + "weights all the same, name their section");
        throw new MmDiffusionException(
            $"the weights {place}do not fit the network: {string.Join("; ", problems)}; check the preset "
            + "or configuration against the checkpoint");
    }

    /// <summary>A sentence on the choice between the sections of a file; null where there was none.</summary>
    /// <param name="taken">What <see cref="RequireFit"/> or <see cref="LoadInto"/> gave.</param>
    /// <param name="origin">The file.</param>
    public static string? Choice(IWeightSource taken, string origin)
    {
        if (taken is { OtherSections.Count: 0, Section: "" or "module" or "_orig_mod" }) return null;
        var others = taken.OtherSections.Count > 0 ? $"; {string.Join(", ", taken.OtherSections.Select(Quoted))} would fit as well" : "";
        return $"of '{origin}' {Quoted(taken.Section)} is taken{others}";

        static string Quoted(string section) => section.Length == 0 ? "the outermost section" : $"the section '{section}'";
    }

    private static bool LacksOnly(nn.Module module, IWeightSource source, string added)
    {
        source.Fitting(Entries(module), out var fitsWhole);
        source.Fitting(Entries(module, except: added), out var fitsWithout);
        return !fitsWhole && fitsWithout;
    }

    /// <summary>Names, types and shapes of a network's parameters and buffers, but for one.</summary>
    internal static IReadOnlyList<WeightEntry> Entries(nn.Module module, string? except = null) =>
        [.. module.state_dict()
            .Where(entry => entry.Key != except)
            .Select(entry => new WeightEntry(entry.Key, entry.Value.dtype, entry.Value.shape))];

    private static void Add(List<string> problems, string what, IEnumerable<string> names)
    {
        var all = names.ToList();
        if (all.Count == 0) return;
        var shown = string.Join(", ", all.Take(NamesShown));
        problems.Add($"{all.Count} {what} ({shown}{(all.Count > NamesShown ? ", …" : "")})");
    }
}
