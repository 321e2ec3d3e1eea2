using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace MmDiffusion.Primitives;

/// <summary>
/// JSON that comes from outside, and may have been written by hand, cut short or made by another program: it is read as its types say, or
/// refused by a <see cref="JsonException"/> whose message is part of a sentence. Everything in this program that reads JSON reads it with
/// these options.
/// </summary>
/// <remarks>
/// Beyond what types say by themselves, <see cref="Of"/> refuses null where a value belongs, in lists and dictionaries too; a property that
/// is there twice, or missing; a number beyond the range of its type; and a name that an enumeration does not have. What may be null may be
/// left out.
/// </remarks>
public static partial class StrictJson
{
    /// <summary>Makes options strict.</summary>
    /// <param name="options">Names, converters and how to write; they are changed.</param>
    /// <returns>The same object.</returns>
    public static JsonSerializerOptions Of(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.AllowDuplicateProperties = false;
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RefuseWhatAnnotationsCannot } };
        options.Converters.Add(new FiniteConverter<double>());
        options.Converters.Add(new FiniteConverter<float>());
        return options;
    }

    /// <summary>Reads a value.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="options">Of <see cref="Of"/>.</param>
    /// <exception cref="JsonException">It is no JSON, or not such a value.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, JsonSerializerOptions options) where T : notnull
    {
        try
        {
            return Complete(JsonSerializer.Deserialize<T>(json, options));
        }
        catch (Exception exception) when (IsOfJson(exception))
        {
            throw Explain(exception);
        }
    }

    /// <summary>Reads a value.</summary>
    /// <param name="json">The text.</param>
    /// <param name="options">Of <see cref="Of"/>.</param>
    /// <exception cref="JsonException">It is no JSON, or not such a value.</exception>
    public static T Read<T>(string json, JsonSerializerOptions options) where T : notnull
    {
        try
        {
            return Complete(JsonSerializer.Deserialize<T>(json, options));
        }
        catch (Exception exception) when (IsOfJson(exception))
        {
            throw Explain(exception);
        }
    }

    /// <summary>Reads an object as properties that are looked at one by one.</summary>
    /// <param name="json">The text; comments and commas too many are passed over.</param>
    /// <exception cref="JsonException">It is no JSON, or no object.</exception>
    internal static JsonObject ReadObject(string json)
    {
        try
        {
            var options = new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
                AllowDuplicateProperties = false,
            };
            return JsonNode.Parse(json, documentOptions: options) as JsonObject ?? throw new JsonException("expected an object");
        }
        catch (Exception exception) when (IsOfJson(exception))
        {
            throw Explain(exception);
        }
    }

    /// <summary>
    /// Whether an exception says that JSON is wrong. Beside its own, the serializer throws these for lone surrogates and for types that do
    /// not fit.
    /// </summary>
    internal static bool IsOfJson(Exception exception) =>
        exception is JsonException or NotSupportedException or InvalidOperationException or ArgumentException or FormatException;

    /// <summary>
    /// The serializer's messages name types of C# and positions in text that was never there: the same in words of the file.
    /// </summary>
    internal static JsonException Explain(Exception exception)
    {
        var message = exception.Message.Split('\n')[0];
        var path = (exception as JsonException)?.Path is { Length: > 2 } found && found.StartsWith("$.", StringComparison.Ordinal)
            ? found[2..]
            : null;
        var text = message switch
        {
            _ when Cannot().Match(message) is { Success: true } match => $"{Named(path)} is not {Words(match.Groups["type"].Value)}",
            _ when Null().IsMatch(message) => $"{Named(path)} is null, expected a value",
            _ when Missing().Match(message) is { Success: true } match =>
                $"{match.Groups["names"].Value} {(match.Groups["names"].Value.Contains(',', StringComparison.Ordinal) ? "are" : "is")} "
                    + $"missing{Within(path)}",
            _ when Unknown().Match(message) is { Success: true } match =>
                $"there is no setting '{match.Groups["name"].Value}'{Within(Above(path, match.Groups["name"].Value))}",
            _ when Twice().Match(message) is { Success: true } match => $"'{match.Groups["name"].Value}' is there twice",
            _ =>
                Position().Replace(message, place =>
                    exception is JsonException { LineNumber: { } line } && path is null
                        ? string.Create(CultureInfo.InvariantCulture, $" (line {line + 1})")
                        : "").TrimEnd('.'),
        };
        return new JsonException(text, exception);
    }

    private static T Complete<T>(T? value) where T : notnull
    {
        if (value is null) throw new JsonException("expected a value, found null");
        if (value is not string and IEnumerable values && values.Cast<object?>().Contains(null))
            throw new JsonException("null is in the list");
        return value;
    }

    private static string Named(string? path) => path is null ? "the value" : $"'{path}'";

    /// <summary>The path of what holds a property, of the property's own; null where it is another's.</summary>
    private static string? Above(string? path, string name) =>
        path?.EndsWith(name, StringComparison.Ordinal) == true ? path[..^name.Length].TrimEnd('.') : null;

    private static string Within(string? path) => path is null or "" ? "" : $" in '{path}'";

    private static string Words(string type)
    {
        var nullable = Regex.Match(type, @"^System\.Nullable`1\[(?<of>.+)\]$");
        if (nullable.Success) return Words(nullable.Groups["of"].Value);
        if (Type.GetType(type) is { IsEnum: false } known)
            return known == typeof(string) ? "a text"
                : known == typeof(bool) ? "true or false"
                : known == typeof(double) || known == typeof(float) ? "a number"
                : known == typeof(DateTimeOffset) ? "a date"
                : known.IsPrimitive ? $"a whole number{(known == typeof(ulong) || known == typeof(uint) ? " of 0 or more" : "")} that fits"
                : typeof(IDictionary).IsAssignableFrom(known) || type.Contains("Dictionary", StringComparison.Ordinal) ? "an object"
                : typeof(IEnumerable).IsAssignableFrom(known) ? "a list" : "an object";
        var names = AppDomain.CurrentDomain.GetAssemblies()
            .Where(assembly => assembly.GetName().Name?.StartsWith("MmDiffusion", StringComparison.Ordinal) == true)
            .Select(assembly => assembly.GetType(type))
            .FirstOrDefault(found => found is not null) is { IsEnum: true } choice
            ? choice.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field =>
                    field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
                        ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Name))
            : [];
        return string.Join(", ", names) is { Length: > 0 } choices ? $"one of {choices}" : "what is expected there";
    }

    /// <summary>
    /// What annotations of types cannot say to the serializer: that elements are not null, that a generic property is not, that an
    /// enumeration has no other values.
    /// </summary>
    private static void RefuseWhatAnnotationsCannot(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object) return;
        var nullability = new NullabilityInfoContext();
        var checks = new List<(JsonPropertyInfo Property, Func<object?, string?> Fault)>();
        foreach (var property in type.Properties)
        {
            if (property.AssociatedParameter is { }
                && (property.IsSetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null)) property.IsRequired = false;
            if (property.AttributeProvider is not PropertyInfo declared) continue;
            if (IsGeneric(declared) && !property.PropertyType.IsValueType)
            {
                property.IsSetNullable = false;
                property.IsGetNullable = false;
                // The serializer does not look at a constructor's parameter of a generic type.
                if (property.Get is not null) checks.Add((property, value => value is null ? "is null, expected a value" : null));
            }
            if (FaultOf(nullability.Create(declared)) is { } fault && property.Get is not null) checks.Add((property, fault));
        }
        if (checks.Count == 0) return;
        var before = type.OnDeserialized;
        type.OnDeserialized = value =>
        {
            before?.Invoke(value);
            foreach (var (property, fault) in checks)
                if (fault(property.Get!(value)) is { } words) throw new JsonException($"'{property.Name}' {words}");
        };
    }

    private static bool IsGeneric(PropertyInfo property) =>
        property.DeclaringType is { IsGenericType: true } type
            && type.GetGenericTypeDefinition().GetProperty(property.Name)?.PropertyType.IsGenericParameter == true;

    /// <summary>Finds what is wrong with a value of a type, null for nothing; null itself where no value can be wrong.</summary>
    private static Func<object?, string?>? FaultOf(NullabilityInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        if (type.IsEnum)
            return value =>
                value is null || Enum.IsDefined(type, value)
                    ? null
                    : $"is {Convert.ToInt64(value, CultureInfo.InvariantCulture)}, which has no meaning";
        if (type == typeof(string) || !typeof(IEnumerable).IsAssignableFrom(type)) return null;
        var element = info.ElementType ?? (info.GenericTypeArguments.Length > 0 ? info.GenericTypeArguments[^1] : null);
        if (element is null) return null;
        var mayBeNull = element.Type.IsValueType || element.ReadState != NullabilityState.NotNull;
        var inner = FaultOf(element);
        if (mayBeNull && inner is null) return null;
        return value =>
        {
            foreach (var item in value is IDictionary dictionary ? dictionary.Values : (IEnumerable?)value ?? Array.Empty<object>())
            {
                var found = item?.GetType() is { IsGenericType: true } pair && pair.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)
                    ? pair.GetProperty("Value")!.GetValue(item)
                    : item;
                if (found is null && !mayBeNull) return "has null among its values";
                if (found is not null && inner?.Invoke(found) is { } words) return words;
            }
            return null;
        };
    }

    [GeneratedRegex(@"could not be converted to (?<type>.+?)\.( Path:|$)")]
    private static partial Regex Cannot();

    [GeneratedRegex("doesn't allow (setting )?null values")]
    private static partial Regex Null();

    [GeneratedRegex("was missing required properties including: (?<names>.+?)\\.?$")]
    private static partial Regex Missing();

    [GeneratedRegex("The JSON property '(?<name>.+?)' could not be mapped")]
    private static partial Regex Unknown();

    [GeneratedRegex("[Dd]uplicate property '(?<name>.+?)'|An item with the same key has already been added. Key: (?<name>.+)")]
    private static partial Regex Twice();

    [GeneratedRegex(@"\.? ?(Path: \S+ \| )?LineNumber: \d+ \| BytePositionInLine: \d+\.?")]
    private static partial Regex Position();

    /// <summary>The reader makes an infinity of 1e400. Named numbers, "NaN" and the infinities, are what the options say.</summary>
    private sealed class FiniteConverter<T> : JsonConverter<T> where T : struct, System.Numerics.IFloatingPointIeee754<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String
                && options.NumberHandling.HasFlag(JsonNumberHandling.AllowNamedFloatingPointLiterals))
                return reader.GetString() switch
                {
                    "NaN" => T.NaN,
                    "Infinity" => T.PositiveInfinity,
                    "-Infinity" => T.NegativeInfinity,
                    _ => throw Refusal(),
                };
            if (reader.TokenType != JsonTokenType.Number) throw Refusal();
            var number = typeof(T) == typeof(float) ? T.CreateChecked(reader.GetSingle()) : T.CreateChecked(reader.GetDouble());
            return T.IsFinite(number) ? number : throw Refusal();
        }

        // In the serializer's own words, which it leaves out where a converter is called by a record's constructor.
        private static JsonException Refusal() => new($"The JSON value could not be converted to {typeof(T)}.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            if (!T.IsFinite(value) && options.NumberHandling.HasFlag(JsonNumberHandling.AllowNamedFloatingPointLiterals))
                writer.WriteStringValue(T.IsNaN(value) ? "NaN" : T.IsPositive(value) ? "Infinity" : "-Infinity");
            else if (value is float single) writer.WriteNumberValue(single);
            else writer.WriteNumberValue(double.CreateChecked(value));
        }
    }
}
