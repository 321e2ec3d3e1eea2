using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Web.Pages;

/// <summary>One clip, or two, with the questions.</summary>
internal static class RatingPage
{
    /// <summary>The header that brings a clip's <see cref="PlayTicket"/>.</summary>
    internal const string TicketHeader = "X-Ticket";

    internal static Html Of(RaterView.Rating view, string token)
    {
        var (study, task) = (view.Study, view.Task);
        var kind = study.Plan.Kind;
        var isPair = kind == StudyKind.Pairwise;
        var number = task.Position + 1;
        return Layout.Of($"{(isPair ? "Pair" : "Clip")} {number} of {view.Total}", Html.Of($"""
            <header class="progress">
            <h1 id="where">{(isPair ? "Pair" : "Clip")} {number} of {view.Total}</h1>
            <progress max="{view.Total}" value="{task.Position}" aria-labelledby="where"></progress>
            </header>
            <noscript><p class="notice">This page needs JavaScript to play the clips.</p></noscript>
            <div class="rating {(isPair ? "pair" : "single")}">
            <div class="clips">
            {Clip(study.Width, study.Height, $"/r/{token}/media/{task.FirstMedia}", 0, isPair ? "First clip" : "Clip")}
            {(task.SecondMedia is { } second
                ? Clip(study.Width, study.Height, $"/r/{token}/media/{second}", 1, "Second clip")
                : Html.Empty)}
            </div>
            <form method="post" action="/r/{token}/answers/{task.Id}" id="answer">
            {FormSeal.Input(study, view.Rater)}
            <input type="hidden" name="{SubmissionForm.Plays}" value="0">
            <input type="hidden" name="{SubmissionForm.Seconds}" value="0">
            <p class="hint" id="hint">{(isPair ? "Play both clips to the end, then answer." : "Play the clip to its end, then answer.")}</p>
            <fieldset id="questions" class="plain" disabled aria-describedby="hint">
            <legend class="hidden">Your answer</legend>
            {Questionnaire.Of(kind).Select(Ask)}
            {(isPair ? Why() : Html.Empty)}
            <details><summary>Add a remark (optional)</summary>
            <label for="comment" class="hidden">Remark</label>
            <textarea id="comment" name="{SubmissionForm.Comment}" rows="3" maxlength="{Submission.LongestComment}"></textarea></details>
            <button class="button" type="submit">Save and continue</button>
            </fieldset>
            <p class="state" id="saving" role="status"></p>
            </form>
            </div>
            {RaterPage.Leave(view, token)}
            """), "study.js", wide: true);
    }

    private static Html Clip(int width, int height, string address, int index, string name) => Html.Of($"""
        <section class="clip" data-media="{address}" data-ticket="{SubmissionForm.Ticket(index)}" data-name="{name}" aria-label="{name}">
        {(name == "Clip" ? Html.Empty : Html.Of($"<h2>{name}</h2>"))}
        <div class="screen">
        <video width="{width}" height="{height}" playsinline disablepictureinpicture disableremoteplayback tabindex="-1"
        aria-hidden="true"></video>
        <button type="button" class="play" disabled><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7
        4.5v15l13-7.5z"/></svg><span>Play</span></button>
        </div>
        <progress class="time" max="1" value="0" aria-hidden="true"></progress>
        <p class="state" role="status">Loading…</p>
        </section>
        """);

    private static Html Ask(Question question) => Html.Of($"""
        <fieldset class="card question">
        <legend>{question.Title}</legend>
        {question.Choices.Select(choice => Html.Of($"""
            <label class="choice"><input type="radio" name="{question.Name}" value="{choice.Value}" required> <span class="value"
            aria-hidden="true">{choice.Value}</span> <span>{choice.Text}</span></label>
            """))}
        </fieldset>
        """);

    private static Html Why() => Html.Of($"""
        <fieldset class="card question">
        <legend>Why not the other one? <small>(any that apply)</small></legend>
        {Questionnaire.Reasons.Select(reason => Html.Of($"""
            <label class="choice"><input type="checkbox" name="{SubmissionForm.Reason(reason.Name)}"> <span>{reason.Text}</span></label>
            """))}
        </fieldset>
        """);
}
