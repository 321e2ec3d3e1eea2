using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Primitives;

/// <summary>Settings as JSON, in snake_case; unknown settings are refused rather than ignored.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class SettingsJson
{
    /// <summary>How settings are read and written.</summary>
    public static JsonSerializerOptions Options { get; } = StrictJson.Of(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    });

    /// <summary>Reads a file that holds an object.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be, for the message: "model description".</param>
    /// <param name="convert">Makes the settings of the object.</param>
    /// <exception cref="MmDiffusionException">The file cannot be read, or is not what it should be.</exception>
    public static T Read<T>(string path, string what, Func<JsonObject, T?> convert) where T : class
    {
        InputFile.RequireText(path, what);
        try
        {
            return convert(StrictJson.ReadObject(File.ReadAllText(path))) ?? throw new JsonException("expected an object");
        }
        catch (Exception exception) when (StrictJson.IsOfJson(exception))
        {
            throw new MmDiffusionException($"'{path}' is no {what}: {StrictJson.Explain(exception).Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot read '{path}': {exception.Message}", exception);
        }
    }
}
