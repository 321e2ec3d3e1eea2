using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MmDiffusion.Primitives;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>How reports are stored.</summary>
internal static class ReportJson
{
    internal static JsonSerializerOptions Options { get; } = StrictJson.Of(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        // A network that is broken has a loss that is NaN, which is what its report is about.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new IntervalConverter() },
    });

    /// <summary>An interval is a pair of numbers.</summary>
    private sealed class IntervalConverter : JsonConverter<Interval>
    {
        public override Interval? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<double[]>(ref reader, options) is [var lower, var upper]
                ? new Interval(lower, upper)
                : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, Interval value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            JsonSerializer.Serialize(writer, value.Lower, options);
            JsonSerializer.Serialize(writer, value.Upper, options);
            writer.WriteEndArray();
        }
    }
}

/// <summary>Figures as people read them: four digits that matter, never a power of ten.</summary>
public static class ReportNumber
{
    /// <summary>A figure in words of digits, the same in tables and pages.</summary>
    public static string Of(double value)
    {
        if (!double.IsFinite(value)) return value.ToString(CultureInfo.InvariantCulture);
        var size = Math.Abs(value);
        var decimals = size switch { >= 1000 => 0, >= 100 => 1, >= 10 => 2, >= 0.001 or 0 => 3, >= 0.0001 => 5, _ => 7 };
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture) is var text && text.Trim('-', '0', '.').Length == 0
            ? "0"
            : text;
    }
}
