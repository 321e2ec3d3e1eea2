using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Studio.Sessions;

namespace MmDiffusion.Studio.Web.Pages;

/// <summary>The page behind a rater's link.</summary>
internal static class RaterPage
{
    /// <summary>The field that confirms a deletion.</summary>
    internal const string Sure = "sure";

    /// <summary>The field by which a deletion that is sent again is known, once nothing else tells whose it was.</summary>
    internal const string Receipt = "receipt";

    internal static Html Of(RaterView view, string token) => view switch
    {
        RaterView.Listening listening => SoundPage.Of(listening, token),
        RaterView.Rating rating => RatingPage.Of(rating, token),
        RaterView.Finished finished => Finished(finished, token),
        _ => MessagePage.Full(view.Study.State),
    };

    /// <summary>How to leave, for a while or for good.</summary>
    internal static Html Leave(RaterView view, string token) => Html.Of($"""
        <footer>
        <p>{(view is RaterView.Finished
            ? "The link of this page leads back here"
            : "You may stop at any time and return by the link of this page")}: keep it to yourself, it is yours alone.</p>
        <details><summary>Delete my answers</summary>
        <form method="post" action="/r/{token}/withdraw" data-once>
        {FormSeal.Input(view.Study, view.Rater)}
        <input type="hidden" name="{Receipt}" value="{WithdrawalReceipt.Issue(view.Study, token)}">
        <label class="tick"><input type="checkbox" name="{Sure}" required> <span>Delete everything I answered. This cannot be
        undone.</span></label>
        <button class="button danger" type="submit">Delete</button>
        </form></details>
        </footer>
        """);

    private static Html Finished(RaterView.Finished view, string token) => Layout.Of("Thank you", Html.Of($"""
        <h1>Thank you!</h1>
        <p class="lead">That was everything, and all of it is saved.</p>
        <div class="card code"><p id="code-label">Your completion code</p>
        <p><output aria-labelledby="code-label">{view.Rater.CompletionCode}</output></p></div>
        <p>Please note the code: by it you can show that you took part, and ask later to have your answers deleted. You may close this
        page.</p>
        {Leave(view, token)}
        """), "study.js");
}
