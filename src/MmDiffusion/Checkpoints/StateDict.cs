using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>Weights into networks and out of them, strictly by name.</summary>
public static class StateDict
{
    private const int NamesShown = 4;

    /// <summary>Fills every parameter and buffer of a network. Values are converted to the type and device they go to, one tensor at a time.</summary>
    /// <param name="module">The network.</param>
    /// <param name="source">The weights.</param>
    /// <param name="origin">Their file, for messages; null where unknown.</param>
    /// <exception cref="MmDiffusionException">Names or shapes differ; one message lists how.</exception>
    public static void LoadInto(nn.Module module, IWeightSource source, string? origin = null)
    {
        RequireFit(module, source, origin);
        using var noGradient = no_grad();
        foreach (var (name, target) in module.state_dict())
        {
            using var scope = NewDisposeScope();
            target.copy_(source.Load(name));
        }
    }

    /// <summary>Writes every parameter and buffer of a network to a safetensors file.</summary>
    /// <param name="module">The network.</param>
    /// <param name="path">The file.</param>
    /// <param name="metadata">Text to carry; null for none.</param>
    /// <exception cref="MmDiffusionException">The file cannot be written.</exception>
    public static void Save(nn.Module module, string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, module.state_dict(), metadata);

    /// <summary>Checks that names and shapes are the network's, which may live on the <c>meta</c> device.</summary>
    /// <param name="module">The network.</param>
    /// <param name="source">The weights.</param>
    /// <param name="origin">Their file, for messages; null where unknown.</param>
    /// <exception cref="MmDiffusionException">Names or shapes differ; one message lists how.</exception>
    public static void RequireFit(nn.Module module, IWeightSource source, string? origin = null)
    {
        var targets = module.state_dict();
        var found = source.Entries.ToDictionary(entry => entry.Name);
        var problems = new List<string>();
        Add(problems, "missing", targets.Keys.Where(name => !found.ContainsKey(name)));
        Add(problems, "unexpected", found.Keys.Where(name => !targets.ContainsKey(name)));
        Add(problems, "of another shape", targets.Where(target => found.TryGetValue(target.Key, out var entry) && !entry.Shape.SequenceEqual(target.Value.shape))
            .Select(target => $"{target.Key} [{string.Join(", ", found[target.Key].Shape)}] for [{string.Join(", ", target.Value.shape)}]"));
        if (problems.Count > 0)
            throw new MmDiffusionException($"the weights {(origin is null ? "" : $"in '{origin}' ")}do not fit the network: {string.Join("; ", problems)}; check the preset or configuration against the checkpoint");
    }

    private static void Add(List<string> problems, string what, IEnumerable<string> names)
    {
        var all = names.ToList();
        if (all.Count == 0) return;
        var shown = string.Join(", ", all.Take(NamesShown));
        problems.Add($"{all.Count} {what} ({shown}{(all.Count > NamesShown ? ", …" : "")})");
    }
}
