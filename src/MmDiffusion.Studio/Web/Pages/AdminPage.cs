using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Media;
using MmDiffusion.Studio.Administration;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Web.Pages;

/// <summary>How far the study is, and its switches.</summary>
internal static class AdminPage
{
    internal const string Token = "token";
    internal const string State = "state";
    internal const string Code = "code";

    /// <summary>Whose forms these are, for <see cref="FormSeal"/>.</summary>
    internal const string Owner = "administrator";

    internal static Html LogIn() => Layout.Of("Administration", Html.Of($"""
        <h1>Administration</h1>
        <form method="post" action="/admin/login" class="card">
        <p><label for="token">The token that <code>mmdiff study create</code> printed</label></p>
        <p><input type="password" id="token" name="{Token}" required autocomplete="current-password"></p>
        <button class="button" type="submit">Open</button>
        </form>
        """));

    internal static Html Of(StudyRow study, StudyProgress progress, string server) => Layout.Of($"Study {study.Name}", Html.Of($"""
        <h1>Study {study.Name}</h1>
        <p class="lead">{Describe(study)} It is <strong data-figure="state">{progress.State}</strong>.</p>
        <p>Give raters this link: <code>{server}/s/{study.JoinToken}</code></p>
        <h2 id="ratings">Ratings</h2>
        <progress max="{progress.Wanted}" value="{progress.Ratings}" data-figure="ratings" aria-labelledby="ratings"></progress>
        <dl class="figures">
        {Figure("Ratings", "ratings", progress.Ratings, $"of {progress.Wanted}")}
        {Figure($"{Items(study.Plan.Kind)} done", "itemsDone", progress.ItemsDone, $"of {progress.Items}")}
        {Figure("Joined", "joined", progress.Joined, "")}
        {Figure("Sound works", "soundPassed", progress.SoundPassed, "")}
        {Figure("Completed", "completed", progress.Completed, "")}
        </dl>
        <div class="actions">
        {(study.State == StudyState.Open
            ? Switch(study, StudyState.Paused, "Pause", "button quiet")
            : Switch(study, StudyState.Open, "Open", "button"))}
        {(study.State == StudyState.Closed ? Html.Empty : Switch(study, StudyState.Closed, "Close", "button quiet"))}
        <a class="button quiet" href="/admin/report">Report</a>
        <a class="button quiet" href="/admin/report.json" download="report.json">JSON</a>
        <a class="button quiet" href="/admin/export.csv" download="answers.csv">CSV</a>
        </div>
        <h2>Delete a rater’s data</h2>
        <form method="post" action="/admin/delete" class="card">
        {FormSeal.Input(study, Owner)}
        <p><label for="code">Completion code of the rater</label></p>
        <p><input type="text" id="code" name="{Code}" required autocomplete="off"></p>
        <button class="button danger" type="submit">Delete</button>
        </form>
        <form method="post" action="/admin/logout"><button class="button quiet" type="submit">Log out</button></form>
        """), "admin.js");

    private static string Describe(StudyRow study) => study.Plan.Kind switch
    {
        StudyKind.Mos => $"Mean opinion scores, {Plural.Of(study.Plan.RatersPerClip, "rater")} for each clip.",
        StudyKind.Turing => $"A Turing test, {Plural.Of(study.Plan.RatersPerClip, "rater")} for each clip.",
        _ => $"Comparison in pairs, {Plural.Of(study.Plan.RatersPerClip, "rater")} for each pair.",
    };

    private static string Items(StudyKind kind) => kind == StudyKind.Pairwise ? "Pairs" : "Clips";

    private static Html Figure(string title, string name, int value, string of) => Html.Of($"""
        <div><dt>{title}</dt><dd><span data-figure="{name}">{value}</span> <small>{of}</small></dd></div>
        """);

    private static Html Switch(StudyRow study, StudyState state, string words, string style) => Html.Of($"""
        <form method="post" action="/admin/state">{FormSeal.Input(study, Owner)}<input type="hidden" name="{State}"
        value="{state.ToString()}"><button class="{style}" type="submit">{words}</button></form>
        """);
}
