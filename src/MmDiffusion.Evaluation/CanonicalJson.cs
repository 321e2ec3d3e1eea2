using System.Text.Json;
using System.Text.Json.Nodes;

namespace MmDiffusion.Evaluation;

/// <summary>
/// Settings as a text of which a digest is made: the same for the same settings in every version of the program. A record's own JSON is
/// not, for a property that is added to the record, moved or renamed in it would change the digests of all settings that were ever written.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>The text of settings.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="defaults">The same with every setting at its default.</param>
    /// <param name="options">How they are written.</param>
    /// <param name="first">Names of the settings that are written whatever their value, null alone left out, in this order.</param>
    /// <returns>The settings of <paramref name="first"/>, then, by name, all others that are not at their default.</returns>
    internal static string Of<T>(T settings, T defaults, JsonSerializerOptions options, IReadOnlyList<string> first)
    {
        var (all, usual) = (Object(settings), Object(defaults));
        var chosen = new JsonObject();
        foreach (var name in first) if (all[name] is { } value) chosen[name] = value.DeepClone();
        foreach (var (name, value) in all.OrderBy(setting => setting.Key, StringComparer.Ordinal))
            if (!first.Contains(name) && !JsonNode.DeepEquals(value, usual[name])) chosen[name] = value?.DeepClone();
        return chosen.ToJsonString(options);

        JsonObject Object(T value) => JsonSerializer.SerializeToNode(value, options)!.AsObject();
    }
}
