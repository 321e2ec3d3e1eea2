using System.Text;
using System.Text.Json;

namespace MmDiffusion.Testing.Fuzzing;

/// <summary>Exchanges, removes and repeats values and properties of JSON, so that most results are still JSON, of a wrong shape.</summary>
/// <param name="samples">Valid documents, without comments.</param>
internal sealed class JsonMutator(IReadOnlyList<string> samples) : IMutator
{
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "1", "-1", "2", "0.5", "1e308", "-1e308", "1e400", "-1e400", "1e-400", "2147483647", "2147483648",
        "-2147483649", "9223372036854775807",
        "9223372036854775808", "18446744073709551616", "NaN", "Infinity", "\"NaN\"", "\"Infinity\"",
        "\"\"", "\" \"", "\"a\"", "\"0\"", "\"\\u0000\"", "\"\\n\"", "\"\\ud800\"", "\"../../a\"", "\"/\"",
        "[]", "[null]", "[[]]",
        "[1,2]", "[\"a\",null]", "{}", "{\"a\":null}", "{\"a\":1,\"a\":2}", "[{}]", "[0.1,null]",
        new string('[', 80) + new string(']', 80), "\"" + new string('x', 5000) + "\"",
    ];

    private readonly ByteMutator _bytes = ByteMutator.OfText(samples, Values);

    public IReadOnlyList<byte[]> Samples => _bytes.Samples;

    public byte[] Mutate(Random random)
    {
        if (random.Next(5) == 0) return _bytes.Mutate(random);
        var json = samples[random.Next(samples.Count)];
        for (var left = 1 + (random.Next(3) == 0 ? random.Next(4) : 0); left > 0; left--)
        {
            try
            {
                json = MutateOnce(json, random);
            }
            catch (JsonException)
            {
                // Not JSON any more since the change before.
                break;
            }
        }
        return Encoding.UTF8.GetBytes(json);
    }

    /// <summary>Every document in which one value is another, or missing, or there twice.</summary>
    internal static IEnumerable<string> Systematic(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        foreach (var (name, start, end) in Parts(bytes))
        {
            foreach (var value in new[] { "null", "\"x\"", "{}", "[]", "[null]", "1e400", "-1", "7", "true" })
                yield return Replace(bytes, start, end, value);
            yield return RemovePart(bytes, name ?? start, end);
            yield return Replace(bytes, name ?? start, name ?? start, Text(bytes, name ?? start, end) + ",");
        }
    }

    private static string MutateOnce(string json, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var parts = Parts(bytes);
        var (name, start, end) = parts[random.Next(parts.Count)];
        var other = parts[random.Next(parts.Count)];
        return random.Next(10) switch
        {
            < 5 => Replace(bytes, start, end, Values[random.Next(Values.Length)]),
            5 => Replace(bytes, start, end, Text(bytes, other.Start, other.End)),
            // A property again, with its value or another.
            6 => Replace(bytes, name ?? start, name ?? start, Text(bytes, name ?? start, end) + ","),
            7 when name is { } property =>
                Replace(bytes, property, property, Text(bytes, property, start) + Values[random.Next(Values.Length)] + ","),
            // A property or an element less, with the comma that belongs to it.
            8 => RemovePart(bytes, name ?? start, end),
            _ when name is { } property =>
                Replace(bytes, property, property, $"\"x{random.Next(9)}\":{Values[random.Next(Values.Length)]},"),
            _ => Replace(bytes, start, start, Values[random.Next(Values.Length)] + ","),
        };
    }

    /// <summary>All values with their places; of a property also the place of its name.</summary>
    private static List<(int? Name, int Start, int End)> Parts(byte[] json)
    {
        var parts = new List<(int? Name, int Start, int End)>();
        var open = new Stack<int>();
        var reader = new Utf8JsonReader(json);
        int? name = null;
        while (reader.Read())
        {
            var (start, end) = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = start;
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    open.Push(parts.Count);
                    parts.Add((name, start, end));
                    name = null;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    var index = open.Pop();
                    parts[index] = parts[index] with { End = end };
                    break;
                default:
                    parts.Add((name, start, end));
                    name = null;
                    break;
            }
        }
        return parts;
    }

    private static string RemovePart(byte[] json, int start, int end)
    {
        while (end < json.Length && json[end] is (byte)' ' or (byte)'\n') end++;
        if (end < json.Length && json[end] == ',') return Replace(json, start, end + 1, "");
        while (start > 0 && json[start - 1] is (byte)' ' or (byte)'\n') start--;
        return start > 0 && json[start - 1] == ',' ? Replace(json, start - 1, end, "") : Replace(json, start, end, "");
    }

    private static string Replace(byte[] json, int start, int end, string text) =>
        Text(json, 0, start) + text + Text(json, end, json.Length);

    private static string Text(byte[] json, int start, int end) => Encoding.UTF8.GetString(json, start, end - start);
}
