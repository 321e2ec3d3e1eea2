using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using MmDiffusion.Checkpoints;
using MmDiffusion.Media;
using MmDiffusion.Primitives;
using static TorchSharp.torch;

namespace MmDiffusion.Generation;

/// <summary>
/// The description that lies beside weights, a model's or that of a training's checkpoint, against another one: the same tensors mean
/// something else where the network predicts something else, or was trained with another schedule.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class DescriptionBeside
{
    private const string StateFile = "state.json";

    // What says where weights come from, and what only a training uses.
    private static readonly HashSet<string> Ignored = new(
        ["source", "trained", "coupled.dropout", "super_resolution.dropout"],
        StringComparer.Ordinal);

    /// <summary>The settings in which a description differs from the one beside the weights.</summary>
    /// <param name="weights">The file of weights.</param>
    /// <param name="source">What it holds.</param>
    /// <param name="description">The description to compare.</param>
    /// <returns>
    /// The file beside and, for each setting, its name with both values; null where nothing beside the weights is about them, or all is
    /// the same.
    /// </returns>
    public static (string File, IReadOnlyList<string> Settings)? Differences(
        string weights,
        IWeightSource source,
        ModelDescription description)
    {
        if (Find(weights) is not var (file, found) || found.Kind != description.Kind) return null;
        // A folder may hold weights of several networks, and a description of one.
        using (var network = ModelImporter.NewNetwork(found, new Device(TorchSharp.DeviceType.META)))
        {
            source.Fitting(StateDict.Entries(network), out var fits);
            if (!fits) return null;
        }
        var (there, here) = (Leaves(found), Leaves(description));
        var settings = there.Keys.Union(here.Keys)
            .Where(name => !Ignored.Contains(name) && there.GetValueOrDefault(name) != here.GetValueOrDefault(name))
            .Select(
                name => $"{name} is {there.GetValueOrDefault(name, "not set")} there and {here.GetValueOrDefault(name, "not set")} here")
            .ToList();
        return settings.Count == 0 ? null : (file, settings);
    }

    private static (string File, ModelDescription Description)? Find(string weights)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(weights))!;
        return Read(Path.Combine(folder, ModelDirectory.ConfigurationFile), settings => settings)
            ?? Read(Path.Combine(folder, StateFile), settings => settings["configuration"]?["model"]);
    }

    /// <summary>Other programs have files of the same name: what is no full description of ours says nothing.</summary>
    private static (string File, ModelDescription Description)? Read(string path, Func<JsonObject, JsonNode?> part)
    {
        if (!File.Exists(path)) return null;
        try
        {
            var description = SettingsJson.Read(path, "model description", settings =>
                part(settings) is JsonObject model && model.ContainsKey("kind")
                    ? model.Deserialize<ModelDescription>(SettingsJson.Options)
                    : null);
            description.Validate();
            return (path, description);
        }
        catch (MmDiffusionException)
        {
            return null;
        }
    }

    private static Dictionary<string, string> Leaves(ModelDescription description)
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
        Add("", JsonSerializer.SerializeToNode(description, SettingsJson.Options)!);
        return leaves;

        void Add(string name, JsonNode node)
        {
            if (node is JsonObject settings)
            {
                foreach (var (key, value) in settings)
                    if (value is not null) Add(name.Length == 0 ? key : $"{name}.{key}", value);
            }
            else
            {
                leaves[name] = node.ToJsonString().Trim('"');
            }
        }
    }
}
