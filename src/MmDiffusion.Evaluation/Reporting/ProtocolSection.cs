using MmDiffusion.Evaluation.Protocols;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>Everything that the figures depend on.</summary>
internal static class ProtocolSection
{
    internal static Html Of(EvaluationReport report) => Html.Of($"""
        <section><h2>What the figures depend on</h2>
        <p>Reports compare only where all of this agrees but the generated and training clips.</p>
        <div class="card scroll"><table><tbody>
        {Settings(report).Select(row => Html.Of($"""<tr><th scope="row">{row.Name}</th><td>{row.Value}</td></tr>"""))}
        {Digests(report).Select(row => Html.Of($"""
            <tr><th scope="row">{row.Name}</th><td>{row.Value}<br><code>{row.Digest}</code></td></tr>
            """))}
        </tbody></table></div></section>
        """);

    private static IEnumerable<(string Name, string Value)> Settings(EvaluationReport report)
    {
        var protocol = report.Protocol;
        yield return ("Protocol", protocol.Name);
        yield return ("Clips as measured", $"{report.Shape}");
        yield return ("Brought to", $"{(protocol.Height > 0 ? $"{protocol.Width}x{protocol.Height}" : "their own size")}, "
            + $"{(protocol.FrameRate > 0 ? FormattableString.Invariant($"{protocol.FrameRate} fps") : "their own frame rate")}, "
            + $"{(protocol.SampleRate > 0 ? $"{protocol.SampleRate} Hz" : "their own sample rate")}");
        yield return ("Taken from a file", $"{(protocol.Frames > 0 ? $"{protocol.Frames} frames" : "all of it")}, "
            + $"{(protocol.Placement == ClipPlacement.Random ? "from anywhere" : "from the beginning")}");
        yield return ("Clips of a set", protocol.Clips > 0 ? $"{protocol.Clips}, chosen by the seed" : "all");
        yield return ("Scales", FormattableString.Invariant(
            $"FVD × {protocol.FvdScale}, KVD × {protocol.KvdScale}, FAD × {protocol.FadScale}"));
        yield return ("Resamples, seed", $"{protocol.Resamples}, {protocol.Seed}");
    }

    private static IEnumerable<(string Name, string Value, string Digest)> Digests(EvaluationReport report)
    {
        yield return ("Video extractor", Words(report.VideoExtractor), report.VideoExtractor.Digest);
        yield return ("Audio extractor", Words(report.AudioExtractor), report.AudioExtractor.Digest);
        yield return ("Real clips", $"{report.Real.Clips} in {report.Real.Folder}", report.Real.Digest);
        yield return ("Generated clips", $"{report.Generated.Clips} in {report.Generated.Folder}", report.Generated.Digest);
        if (report.Training is { } training) yield return ("Training clips", $"{training.Clips} in {training.Folder}", training.Digest);
        yield return ("All that must agree", "protocol, extractors, size and rates", report.Comparability);
    }

    private static string Words(ExtractorRecord extractor) => extractor.Note is { } note ? $"{extractor.Name}: {note}" : extractor.Name;
}
