using MmDiffusion.Evaluation.Features;
using MmDiffusion.Evaluation.Measures;
using MmDiffusion.Evaluation.Protocols;
using MmDiffusion.Media;
using MmDiffusion.Media.Pictures;
using MmDiffusion.Media.Reading;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>Pictures of clips for the page.</summary>
internal sealed class ReportSheets(EvaluationProtocol protocol, StreamChoice streams, CancellationToken cancellation)
{
    private const int Rows = 3;

    /// <summary>So that a sheet's width holds what is said of the clip, too.</summary>
    private const int LongestName = 40;

    /// <summary>The best, the median and the worst of the generated clips.</summary>
    internal IEnumerable<(string Title, Html Image)> Ranked(IReadOnlyList<ClipRank> ranking)
    {
        var middle = Math.Max(0, ranking.Count / 2 - Rows / 2);
        yield return ("Best", Draw(ranking.Take(Rows), "the generated clips that are nearest to real ones"));
        yield return ("Median", Draw(ranking.Skip(middle).Take(Rows), "generated clips of the middle"));
        yield return ("Worst", Draw(ranking.TakeLast(Rows).Reverse(), "the generated clips that are farthest from real ones"));
    }

    /// <summary>Generated clips, each above the training clip that it is most like.</summary>
    internal Html Pairs(IEnumerable<NearestPair> pairs) => Draw(
        [.. pairs.SelectMany(pair =>
            new[]
            {
                (pair.Clip, $"{Name(pair.Clip)}, generated"),
                (pair.Training, $"{Name(pair.Training)}, training clip at {ReportNumber.Of(pair.Distance)}"),
            })],
        "generated clips, each above the training clip that it is most like");

    private Html Draw(IEnumerable<ClipRank> clips, string description) => Draw(
        [.. clips.Select(clip =>
            (clip.Path, $"{Name(clip.Path)}: distance {ReportNumber.Of(clip.Score)}, alignment {ReportNumber.Of(clip.Alignment)}"))],
        description);

    private Html Draw(IReadOnlyList<(string Path, string Label)> rows, string description)
    {
        var options = new ContactSheetOptions
        {
            Columns = 8,
            FrameHeight = 96,
            WaveformHeight = 36,
            Margin = 8,
            Light = true,
            Labels = [.. rows.Select(row => row.Label)],
        };
        var (png, height, width) = ContactSheet.Encode([.. rows.Select(row => Read(row.Path))], options);
        return Html.Of(
            $"""<img alt="{description}" width="{width}" height="{height}" src="data:image/png;base64,{Convert.ToBase64String(png)}">""");
    }

    private Clip Read(string path) => ProtocolClips.Read(protocol, path, ProtocolClips.Digest(path), streams, onNotice: null, cancellation);

    private static string Name(string path) => ShortName.Of(Path.GetFileNameWithoutExtension(path), LongestName);
}
