using System.Globalization;
using System.Text.RegularExpressions;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Data.Filtering;

/// <summary>
/// AudioSet's table of segments: comments that begin with #, then lines such as <c>--4gqARaEJE, 0.000, 10.000, "/m/068hy,/m/07q6cd_"</c>.
/// </summary>
public sealed partial class AudioSetSegments
{
    private const int IdLength = 11;
    private readonly Dictionary<string, AudioSetSegment> _byId;

    private AudioSetSegments(Dictionary<string, AudioSetSegment> byId) => _byId = byId;

    /// <summary>Number of videos in the table.</summary>
    public int Count => _byId.Count;

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file, as AudioSet publishes it.</param>
    /// <exception cref="MmDiffusionException">It cannot be read, or a line is not valid.</exception>
    public static AudioSetSegments Read(string path)
    {
        InputFile.RequireText(path, "table of segments");
        try
        {
            var byId = new Dictionary<string, AudioSetSegment>(StringComparer.Ordinal);
            var number = 0;
            foreach (var line in File.ReadLines(path))
            {
                number++;
                if (string.IsNullOrWhiteSpace(line) || line[0] == '#') continue;
                var segment = Parse(line) ?? throw new MmDiffusionException(
                    $"line {number} of '{path}' is \"{(line.Length > 60 ? line[..60] + "…" : line)}\", expected a YouTube id, start, end "
                    + "and labels such as: --4gqARaEJE, 0.000, 10.000, \"/m/068hy\"");
                byId.TryAdd(segment.Id, segment);
            }
            return byId.Count > 0
                ? new AudioSetSegments(byId)
                : throw new MmDiffusionException($"'{path}' has no segments; get AudioSet's table again");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot read '{path}': {exception.Message.TrimEnd('.')}", exception);
        }
    }

    /// <summary>Finds the segment whose id is part of a file's name; null where there is none.</summary>
    /// <param name="file">A path.</param>
    public AudioSetSegment? Find(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        for (var i = 0; i + IdLength <= name.Length; i++)
            if (_byId.TryGetValue(name.Substring(i, IdLength), out var segment)) return segment;
        return null;
    }

    private static AudioSetSegment? Parse(string line)
    {
        var match = Line().Match(line);
        if (!match.Success) return null;
        if (Seconds("start") is not { } start || Seconds("end") is not { } end) return null;
        return new AudioSetSegment(
            match.Groups["id"].Value, start, end,
            match.Groups["labels"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

        double? Seconds(string group) =>
            double.TryParse(match.Groups[group].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                && double.IsFinite(value) ? value : null;
    }

    [GeneratedRegex("""^\s*(?<id>[A-Za-z0-9_-]{11})\s*,\s*(?<start>[0-9.]+)\s*,\s*(?<end>[0-9.]+)\s*,\s*"?(?<labels>[^"]*)"?\s*$""")]
    private static partial Regex Line();
}

/// <summary>A line of AudioSet's tables of segments.</summary>
/// <param name="Id">The video's name at YouTube, 11 characters.</param>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds.</param>
/// <param name="Labels">Machine identifiers of its sound classes, such as "/m/09x0r".</param>
public sealed record AudioSetSegment(string Id, double Start, double End, IReadOnlyList<string> Labels);
