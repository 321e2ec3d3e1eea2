using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MmDiffusion.Media.Reading;

/// <summary>Which of a file's streams to read, counted from 0 among those of their kind, as ffmpeg's <c>v:0</c> and <c>a:1</c>.</summary>
/// <remarks>
/// Where nothing is chosen, comments, descriptions and still pictures are passed over as long as there is anything else; then the file's
/// default stream counts, then the first.
/// </remarks>
/// <param name="Video">The video stream, 0 or more; null for the one that a player would show.</param>
/// <param name="Audio">The audio stream, 0 or more; null for the one that a player would play.</param>
public sealed record StreamChoice(int? Video = null, int? Audio = null)
{
    /// <summary>What a player would show and play.</summary>
    public static StreamChoice Default { get; } = new();

    /// <summary>Tells this choice from others in names and digests, such as "-v1-a0"; empty for the default one.</summary>
    public string Suffix() =>
        FormattableString.Invariant($"{(Video is { } video ? $"-v{video}" : "")}{(Audio is { } audio ? $"-a{audio}" : "")}");

    /// <summary>Chooses among the streams of one kind.</summary>
    /// <param name="streams">All of the kind that can be decoded, in the file's order; a chosen position counts among them all.</param>
    /// <param name="chosen">A position that the user gave.</param>
    /// <param name="path">For messages.</param>
    /// <param name="kind">"video" or "audio".</param>
    /// <returns>Its index in the file; null where there is none.</returns>
    /// <exception cref="MmDiffusionException">There is no stream of the chosen position.</exception>
    internal static int? Choose(IReadOnlyList<StreamFacts> streams, int? chosen, string path, string kind)
    {
        if (chosen is { } position)
        {
            return position >= 0 && position < streams.Count
                ? streams[position].Index
                : throw new MmDiffusionException(
                    $"'{path}' has no {kind} stream {position}: it has {streams.Count}, counted from 0; choose another stream or file");
        }
        return streams.Where(stream => !stream.IsCover)
            .OrderBy(stream => stream.IsBeside)
            .ThenBy(stream => !stream.IsDefault)
            .ThenBy(stream => stream.Index)
            .FirstOrDefault()?.Index;
    }
}

/// <summary>What ffprobe tells of a stream beyond what FFMpegCore reads.</summary>
internal sealed partial record StreamFacts
{
    private readonly JsonElement _json;

    internal StreamFacts(JsonElement json) => _json = json.Clone();

    /// <summary>All streams of one kind that can be decoded.</summary>
    /// <param name="json">What ffprobe printed.</param>
    /// <param name="kind">"video" or "audio".</param>
    internal static IReadOnlyList<StreamFacts> Of(string json, string kind)
    {
        using var document = JsonDocument.Parse(json);
        if (!document.RootElement.TryGetProperty("streams", out var streams)) return [];
        return [.. streams.EnumerateArray()
            .Select(stream => new StreamFacts(stream))
            .Where(stream => stream.Text("codec_type") == kind && stream.IsDecodable)];
    }

    internal int Index => _json.GetProperty("index").GetInt32();

    internal bool IsDefault => Has("default");

    /// <summary>A picture that belongs to the file, not to its content.</summary>
    internal bool IsCover => Has("attached_pic") || Has("timed_thumbnails") || Has("still_image");

    /// <summary>What accompanies the content proper: a commentary, a description for the blind, a picture that stands.</summary>
    internal bool IsBeside =>
        Has("comment")
            || Has("descriptions")
            || Has("visual_impaired")
            || SaysBeside().IsMatch(Tag("title") + " " + Tag("handler_name"))
            || Frames == 1;

    /// <summary>Frames or packets; null where the file does not tell.</summary>
    internal int? Frames => Number("nb_read_packets") ?? Number("nb_frames");

    internal string Codec => Text("codec_name");

    /// <summary>Seconds of a tick of its clock; 0 where it does not tell.</summary>
    internal double TimeBase => Text("time_base").Split('/') is [var numerator, var denominator]
        && double.TryParse(numerator, CultureInfo.InvariantCulture, out var above)
        && double.TryParse(denominator, CultureInfo.InvariantCulture, out var below)
        && below > 0
        ? above / below
        : 0;

    internal string SampleFormat => Text("sample_fmt");

    /// <summary>Bits of a sample that matter; 0 where that has no meaning.</summary>
    internal int SampleBits => Number("bits_per_raw_sample") is > 0 and var raw ? raw : Number("bits_per_sample") ?? 0;

    internal string Transfer => Text("color_transfer");

    internal string Matrix => Text("color_space");

    internal string FieldOrder => Text("field_order");

    internal string PixelFormat => Text("pix_fmt");

    private bool IsDecodable => Text("codec_type") == "video" ? Number("width") > 0 && Number("height") > 0 : Number("sample_rate") > 0;

    private bool Has(string disposition) =>
        _json.TryGetProperty("disposition", out var all)
            && all.TryGetProperty(disposition, out var value)
            && value.ValueKind == JsonValueKind.Number
            && value.GetInt32() != 0;

    private string Text(string name) => _json.TryGetProperty(name, out var value) ? value.ToString() : "";

    private string Tag(string name) =>
        _json.TryGetProperty("tags", out var tags) && tags.TryGetProperty(name, out var value) ? value.ToString() : "";

    private int? Number(string name) => int.TryParse(Text(name), out var value) ? value : null;

    [GeneratedRegex(@"\b(comment(ary|aries)?|audio[ -]?description|descri(bed|ptive)|visually impaired|cover)\b", RegexOptions.IgnoreCase)]
    private static partial Regex SaysBeside();
}
