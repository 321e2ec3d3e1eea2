using MmDiffusion.Evaluation.Distances;
using MmDiffusion.Evaluation.Losses;
using MmDiffusion.Evaluation.Measures;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Evaluation.Reporting;

/// <summary>A report as one page that needs nothing beside it.</summary>
public static class ReportPage
{
    /// <summary>Writes the page, with plots and pictures of clips.</summary>
    /// <param name="report">What to show; the clips must still be where they were.</param>
    /// <param name="folder">Receives <see cref="EvaluationReport.PageFile"/>.</param>
    /// <param name="cancellation">Ends the work with nothing written.</param>
    /// <exception cref="MmDiffusionException">A clip cannot be read again, or the page cannot be written.</exception>
    public static void Write(EvaluationReport report, string folder, CancellationToken cancellation = default) =>
        AtomicFile.WriteText(
            Path.Combine(folder, EvaluationReport.PageFile),
            Of(report, new ReportSheets(report.Protocol, report.Streams, cancellation)).ToString());

    private static Html Of(EvaluationReport report, ReportSheets sheets) => PageFrame.Of($"Evaluation of {report.Label}", Html.Of($"""
        <h1>Evaluation of {report.Label}</h1>
        <p class="lead">{report.Generated.Clips} generated clips against {report.Real.Clips} real ones by the protocol
        “{report.Protocol.Name}”, {report.MadeAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC.</p>
        {Notes(report).Select(note => Html.Of($"""<p class="note">{note}</p>"""))}
        {Figures(report.Measures)}
        {Distances(report.Measures)}
        {Together(report)}
        {Variety(report.Measures)}
        {(report.Measures.Memorisation is { } memorisation ? Memorised(memorisation, sheets) : Html.Empty)}
        <section><h2>Clips</h2>
        <p>Generated clips by their distance from the five nearest real clips, where 1 is as near as real clips are to one another.</p>
        {sheets.Ranked(report.Measures.Ranking).Select(sheet => Html.Of($"""
            <figure class="card"><h3>{sheet.Title}</h3>{sheet.Image}</figure>
            """))}</section>
        {(report.Loss is { } loss ? Losses(loss) : Html.Empty)}
        {ProtocolSection.Of(report)}
        <footer><p>Intervals hold the value with 95% confidence, over clips redrawn (bootstrap). A distance of N clips is too large by about
        a constant over N; what infinitely many clips would give is estimated from all clips and from halves of them.</p></footer>
        """));

    private static IEnumerable<string> Notes(EvaluationReport report)
    {
        if (report.Protocol.Note is { } note) yield return $"This protocol: {note}.";
        foreach (var (name, set) in new[] { ("real", report.Real), ("generated", report.Generated) })
            if (set.Copies > 0) yield return $"{set.Copies} of the {set.Clips} {name} clips have the same bytes as another one.";
        foreach (var notice in report.Notices()) yield return notice + ".";
    }

    private static Html Figures(ClipMeasures measures)
    {
        var (alignment, events) = (measures.Alignment, measures.EventMatch);
        return Html.Of($"""
            <dl class="figures">
            {Figure("FVD", measures.Fvd.Value, measures.Fvd.Interval)}{Figure("KVD", measures.Kvd.Value, measures.Kvd.Interval)}
            {Figure("FAD", measures.Fad.Value, measures.Fad.Interval)}
            {Figure("Alignment", alignment.Generated.Score, alignment.Generated.Interval, $"real {Number(alignment.Real)}, chance 0.5")}
            {Figure("Events together", events.Generated.Score, events.Generated.Interval, $"real {ReportNumber.Of(events.Real.Score)}")}
            {(measures.Memorisation is { } own ? Figure("Memorisation", own.Score, own.Interval, "none 0.5") : Html.Empty)}
            </dl>
            """);
    }

    private static string Number(Measure measure) => ReportNumber.Of(measure.Score);

    private static Html Figure(string title, double value, Interval interval, string? beside = null)
    {
        var small = beside is null ? Html.Empty : Html.Of($"<small>{beside}</small>");
        return Html.Of($"""
            <div><dt>{title}</dt><dd>{ReportNumber.Of(value)}<small>{PageFrame.Range(interval)}</small>{small}</dd></div>
            """);
    }

    private static Html Distances(ClipMeasures measures)
    {
        var rows = new (string Name, string What, DistanceEstimate Distance)[]
        {
            ("FVD", "Fréchet distance of pictures", measures.Fvd),
            ("KVD", "kernel distance of pictures", measures.Kvd),
            ("FAD", "Fréchet distance of sounds", measures.Fad),
        };
        return Html.Of($"""
            <section><h2>Distances</h2>
            <p>How far the generated clips are from the real ones as a whole; less is better. Where the interval of infinitely many clips
            holds 0, there may be no difference at all.</p>
            <div class="card scroll"><table><thead><tr><th scope="col">Distance</th><th scope="col"></th>
            <th scope="col" class="number">Value</th><th scope="col" class="number">95% interval</th>
            <th scope="col" class="number">Infinitely many clips</th><th scope="col" class="number">95% interval</th></tr></thead>
            <tbody>{rows.Select(row => Html.Of($"""
                <tr><th scope="row">{row.Name}</th><td>{row.What}</td><td class="number">{ReportNumber.Of(row.Distance.Value)}</td>
                <td class="number">{PageFrame.Range(row.Distance.Interval)}</td>
                <td class="number">{ReportNumber.Of(row.Distance.AtInfinity)}</td>
                <td class="number">{PageFrame.Range(row.Distance.AtInfinityInterval)}</td></tr>
                """))}</tbody></table></div>
            <div class="grid">{rows.Select(row => Html.Of($"""
                <figure class="card"><h3>{row.Name} by number of clips</h3>{ReportPlots.BySize(row.Name, row.Distance)}</figure>
                """))}</div></section>
            """);
    }

    private static Html Together(EvaluationReport report)
    {
        var alignment = report.Measures.Alignment;
        return Html.Of($"""
            <section><h2>Sound and picture together</h2>
            <p>Alignment: how often the changes of a picture correlate better with the onsets of its own sound than with those of another
            clip. Events together: which share of sudden sounds and sudden changes of the pixels come within a frame of each other; motion
            together: the same of sudden optical flow.</p>
            <div class="card scroll"><table><thead><tr><th scope="col"></th><th scope="col" class="number">Generated</th>
            <th scope="col" class="number">95% interval</th><th scope="col" class="number">Real</th>
            <th scope="col" class="number">95% interval</th><th scope="col" class="number">Chance</th></tr></thead>
            <tbody>{Row("Alignment", alignment.Generated, alignment.Real, 0.5)}
            {Row("Events together", report.Measures.EventMatch)}{Row("Motion together", report.Measures.FlowMatch)}</tbody></table></div>
            <div class="grid"><figure class="card">
            <h3>Alignment by clip</h3>{ReportPlots.AlignmentHistogram(report.Measures.AlignmentPerClip)}</figure></div></section>
            """);
    }

    private static Html Variety(ClipMeasures measures) => Html.Of($"""
        <section><h2>Diversity</h2>
        <p>The mean distance of the features of two clips of a set.</p>
        <div class="card scroll"><table><thead><tr><th scope="col"></th><th scope="col" class="number">Generated</th>
        <th scope="col" class="number">95% interval</th><th scope="col" class="number">Real</th>
        <th scope="col" class="number">95% interval</th><th scope="col" class="number"></th></tr></thead>
        <tbody>{Row("Pictures", measures.VideoDiversity.Generated, measures.VideoDiversity.Real)}
        {Row("Sounds", measures.AudioDiversity.Generated, measures.AudioDiversity.Real)}</tbody></table></div>
        <div class="grid">
        <figure class="card"><h3>Features of pictures</h3>{ReportPlots.Features("video", measures.VideoProjection)}</figure>
        <figure class="card"><h3>Features of sounds</h3>{ReportPlots.Features("audio", measures.AudioProjection)}</figure></div></section>
        """);

    private static Html Row(string name, RealAndGenerated<EventMatch> matches)
    {
        var measures = matches.Map(match => new Measure(match.Score, match.Interval, match.Clips));
        return Row(name, measures.Generated, measures.Real, matches.Generated.Chance);
    }

    private static Html Row(string name, Measure generated, Measure real, double? chance = null) => Html.Of($"""
        <tr><th scope="row">{name}</th><td class="number">{ReportNumber.Of(generated.Score)}</td>
        <td class="number">{PageFrame.Range(generated.Interval)}</td><td class="number">{ReportNumber.Of(real.Score)}</td>
        <td class="number">{PageFrame.Range(real.Interval)}</td>
        <td class="number">{(chance is { } value ? ReportNumber.Of(value) : "")}</td></tr>
        """);

    private static Html Losses(LossReport loss) => Html.Of($"""
        <section><h2>Loss by timestep</h2>
        <p>The training loss{(loss.Model is { } model ? $" of {model}" : "")} on {loss.Clips} clips that it saw{Named(loss.SeenClips)} and
        as many that it did not{Named(loss.HeldOutClips)}, with the same noise. On those held out it is {ReportNumber.Of(loss.Ratio)} times
        as high ({PageFrame.Range(loss.RatioInterval)}); a model that memorised nothing has 1.</p>
        <div class="grid"><figure class="card"><h3>Loss by range of timesteps</h3>{ReportPlots.Losses(loss)}</figure></div></section>
        """);

    private static string Named(string? clips) => clips is null ? "" : $" ({clips})";

    private static Html Memorised(Memorisation memorisation, ReportSheets sheets) => Html.Of($"""
        <section><h2>Memorisation</h2>
        <p>A generated clip is nearer to its nearest of {memorisation.TrainingClips} training clips than a real clip that training never saw
        with probability {ReportNumber.Of(memorisation.Score)} ({PageFrame.Range(memorisation.Interval)}); without memorisation it is 0.5.
        {memorisation.ShareSuspect:0.0%} of the generated clips are nearer than 19 of 20 of {memorisation.HeldOutClips} held-out clips;
        without memorisation it is 5%. The median distance is {ReportNumber.Of(memorisation.Generated)} of the generated and
        {ReportNumber.Of(memorisation.HeldOut)} of the held-out clips, in levels of 255. Blurred clips are nearer to everything.</p>
        <figure class="card">
        <h3>The generated clips most like a training clip, each above that clip</h3>{sheets.Pairs(memorisation.Pairs)}</figure></section>
        """);
}
