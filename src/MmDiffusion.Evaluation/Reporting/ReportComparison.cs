using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>Reports side by side: over models, samplers or numbers of steps.</summary>
public sealed class ReportComparison
{
    /// <summary>The name of the page in a folder of results.</summary>
    public const string PageFile = "comparison.html";

    private ReportComparison(IReadOnlyList<EvaluationReport> reports) => Reports = reports;

    /// <summary>The reports in their order.</summary>
    public IReadOnlyList<EvaluationReport> Reports { get; }

    /// <summary>Reads reports that compare.</summary>
    /// <param name="paths">At least 2 JSON files, or folders of results.</param>
    /// <exception cref="MmDiffusionException">A file is no report, or two of them are of different protocols or real clips.</exception>
    public static ReportComparison Read(IReadOnlyList<string> paths)
    {
        if (paths.Count < 2) throw new MmDiffusionException($"{paths.Count} report was given, expected at least 2 to compare");
        EvaluationReport[] reports = [.. paths.Select(EvaluationReport.Read)];
        for (var i = 1; i < reports.Length; i++) Require(paths[0], reports[0], paths[i], reports[i]);
        return new ReportComparison(Named(reports));
    }

    /// <summary>Writes the page.</summary>
    /// <param name="folder">Receives <see cref="PageFile"/>.</param>
    /// <exception cref="MmDiffusionException">It cannot be written.</exception>
    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, PageFile), ComparisonPage.Of(Reports).ToString());

    private static void Require(string firstPath, EvaluationReport first, string path, EvaluationReport report)
    {
        if (first.Comparability != report.Comparability)
            throw new MmDiffusionException(
                $"'{path}' does not compare with '{firstPath}': {Difference(first, report)}; evaluate both by the same protocol");
        if (first.Real.Digest != report.Real.Digest)
            throw new MmDiffusionException(
                $"'{path}' does not compare with '{firstPath}': they were judged by different real clips ('{first.Real.Folder}' and "
                + $"'{report.Real.Folder}'); evaluate both against the same");
    }

    private static string Difference(EvaluationReport first, EvaluationReport other)
    {
        if (first.VideoExtractor.Digest != other.VideoExtractor.Digest)
            return $"their video extractors differ ({first.VideoExtractor.Name} {first.VideoExtractor.Digest[..12]}… and "
                + $"{other.VideoExtractor.Name} {other.VideoExtractor.Digest[..12]}…)";
        if (first.AudioExtractor.Digest != other.AudioExtractor.Digest)
            return $"their audio extractors differ ({first.AudioExtractor.Name} {first.AudioExtractor.Digest[..12]}… and "
                + $"{other.AudioExtractor.Name} {other.AudioExtractor.Digest[..12]}…)";
        if (first.Shape != other.Shape) return $"their clips have {first.Shape} and {other.Shape}";
        return $"their protocols '{first.Protocol.Name}' and '{other.Protocol.Name}' differ in settings";
    }

    /// <summary>Reports of one label are told apart by numbers.</summary>
    private static EvaluationReport[] Named(EvaluationReport[] reports) =>
        [.. reports.Select((report, i) =>
            reports.Take(i).Count(other => other.Label == report.Label) is > 0 and var before
                ? report with { Label = $"{report.Label} ({before + 1})" }
                : report)];
}
