using System.Text.Json;
using System.Text.Json.Serialization;
using MmDiffusion.Generation;
using MmDiffusion.Primitives;

namespace MmDiffusion.Tests.Primitives;

[Trait("group", "unit")]
public class StrictJsonTests
{
    private static readonly JsonSerializerOptions Json =
        StrictJson.Of(new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        });

    [Theory]
    [InlineData("""{"name":null,"size":1}""", "'name' is null, expected a value")]
    [InlineData("""{"size":1}""", "'name' is missing")]
    [InlineData("""{"name":"a"}""", "'size' is missing")]
    [InlineData("""{}""", "'name', 'size' are missing")]
    [InlineData("""{"name":"a","size":1,"words":null}""", "'words' is null, expected a value")]
    [InlineData("""{"name":"a","size":1,"words":["a",null]}""", "'words' has null among its values")]
    [InlineData("""{"name":"a","size":1,"table":[[1],null]}""", "'table' has null among its values")]
    [InlineData("""{"name":"a","size":1,"table":[[1,null]]}""", "'table[0][1]' is not a number")]
    [InlineData("""{"name":"a","size":1,"notes":{"a":null}}""", "'notes' has null among its values")]
    [InlineData("""{"name":"a","size":1,"parts":[{"name":"b","size":2},null]}""", "'parts' has null among its values")]
    [InlineData("""{"name":"a","size":1,"parts":[{"name":"b","size":null}]}""", "'parts[0].size' is not what is expected there")]
    [InlineData("""{"name":"a","size":1,"parts":[{"name":null,"size":2}]}""", "'parts[0].name' is null, expected a value")]
    [InlineData("""{"name":"a","size":1,"pair":{"first":null,"second":"b"}}""", "'pair.first' is null, expected a value")]
    [InlineData("""{"name":"a","size":1,"size":2}""", "'size' is there twice")]
    [InlineData("""{"name":"a","size":"1"}""", "'size' is not a whole number that fits")]
    [InlineData("""{"name":"a","size":2147483648}""", "'size' is not a whole number that fits")]
    [InlineData("""{"name":"a","size":1,"rate":1e400}""", "'rate' is not a number")]
    [InlineData("""{"name":"a","size":1,"rate":-1e400}""", "'rate' is not a number")]
    [InlineData("""{"name":"a","size":1,"rate":"NaN"}""", "'rate' is not a number")]
    [InlineData("""{"name":"a","size":1,"maybe":1e400}""", "'maybe' is not a number")]
    [InlineData("""{"name":"a","size":1,"kind":"picture"}""", "'kind' is not one of joint, upscaler")]
    [InlineData("""{"name":"a","size":1,"kind":7}""", "'kind' is 7, which has no meaning")]
    [InlineData("""{"name":7,"size":1}""", "'name' is not a text")]
    [InlineData("""{"name":"a","size":1,"words":{}}""", "'words' is not a list")]
    [InlineData("""{"name":"a","size":1,"colour":"red"}""", "there is no setting 'colour'")]
    [InlineData("""{"name":"\ud800","size":1}""", "")]
    [InlineData("null", "expected a value, found null")]
    [InlineData("[]", "the value is not what is expected there")]
    [InlineData("", "")]
    [InlineData("{", "")]
    public void What_is_not_as_the_types_say_is_refused_in_words_of_the_file(string json, string said)
    {
        var exception = Assert.Throws<JsonException>(() => StrictJson.Read<Thing>(json, Json));
        Assert.StartsWith(said, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("""{"name":"a","size":1}""")]
    [InlineData("""{"name":"a","size":1,"note":null,"maybe":null,"maybes":["a",null]}""")]
    [InlineData(
        """{"name":"","size":-1,"words":[],"table":[[],[1e308]],"notes":{"":""},"kind":"upscaler","pair":{"first":"a","second":"b"}}""")]
    public void What_may_be_null_may_also_be_missing(string json) => Assert.NotNull(StrictJson.Read<Thing>(json, Json));

    [Theory]
    [InlineData("[\"a\",null]")]
    [InlineData("null")]
    [InlineData("{}")]
    public void A_list_by_itself_has_no_null_either(string json) =>
        Assert.Throws<JsonException>(() => StrictJson.Read<string[]>(json, Json));

    [Theory]
    [InlineData(0.1f)]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.MaxValue)]
    [InlineData(1e-45f)]
    public void Named_numbers_come_back_where_they_are_allowed(float value)
    {
        var options = StrictJson.Of(new JsonSerializerOptions { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals });
        Assert.Equal([value], StrictJson.Read<float[]>(JsonSerializer.Serialize<float[]>([value], options), options));
        Assert.Equal([(double)value], StrictJson.Read<double[]>(JsonSerializer.Serialize<double[]>([value], options), options));
        Assert.Throws<JsonException>(() => StrictJson.Read<float[]>("[1e40]", options));
    }

    [Fact]
    public void Nothing_reads_json_by_itself()
    {
        var source = Path.Combine(Checkout.Root, "src");
        string[] own = ["StrictJson.cs", "ReportJson.cs"];
        Assert.Empty(Directory
            .EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !own.Contains(Path.GetFileName(path)))
            .Where(path => File.ReadAllText(path).Contains("JsonSerializer.Deserialize", StringComparison.Ordinal))
            .Select(Path.GetFileName));
    }

    private sealed record Thing
    {
        public required string Name { get; init; }

        public required int Size { get; init; }

        public IReadOnlyList<string> Words { get; init; } = [];

        public IReadOnlyList<IReadOnlyList<double>> Table { get; init; } = [];

        public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();

        public IReadOnlyList<Part> Parts { get; init; } = [];

        public Pair<string> Pair { get; init; } = new("", "");

        public double Rate { get; init; }

        public double? Maybe { get; init; }

        public string? Note { get; init; }

        public IReadOnlyList<string?> Maybes { get; init; } = [];

        public ModelKind Kind { get; init; }
    }

    private sealed record Part(string Name, int Size, string? Note);

    private sealed record Pair<T>(T First, T Second);
}
