using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MmDiffusion.Media;

namespace MmDiffusion.Primitives;

/// <summary>Settings as JSON, in snake_case; unknown settings are refused rather than ignored.</summary>
internal static class SettingsJson
{
    internal static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>Reads a file that holds an object.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be, for the message: "model description".</param>
    /// <param name="convert">Makes the settings of the object.</param>
    /// <exception cref="MmDiffusionException">The file cannot be read, or is not what it should be.</exception>
    internal static T Read<T>(string path, string what, Func<JsonObject, T?> convert) where T : class
    {
        InputFile.RequireText(path, what);
        try
        {
            var node = JsonNode.Parse(File.ReadAllText(path), documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false });
            return (node is JsonObject settings ? convert(settings) : null) ?? throw new JsonException("expected an object");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new MmDiffusionException($"'{path}' is no {what}: {exception.Message.Split('\n')[0]}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot read '{path}': {exception.Message}", exception);
        }
    }
}
