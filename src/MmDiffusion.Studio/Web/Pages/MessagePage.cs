using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Web.Pages;

/// <summary>Pages that say one thing.</summary>
internal static class MessagePage
{
    internal static Html Of(string title, string text, string? link = null) => Layout.Of(title, Html.Of($"""
        <h1>{title}</h1>
        <p class="lead">{text}</p>
        {(link is null ? Html.Empty : Html.Of($"""<p><a class="button" href="{link}">Go on</a></p>"""))}
        """));

    /// <summary>The page of a rater who withdrew.</summary>
    internal static Html Withdrawn(Traces traces) =>
        Of(
            "Your answers are deleted",
            $"{(traces == Traces.None ? "Nothing that you told us is left." : Left(traces))} Thank you for having been there.");

    /// <summary>What a deletion left, if anything.</summary>
    internal static string Left(Traces traces) => traces switch
    {
        Traces.None => "",
        Traces.Log =>
            "A copy stays in the log of the database while another program reads it, such as a backup, "
            + "and is deleted when that program ends. "
                + "Nobody sees it in the study.",
        _ => "The database overwrites the space that they took in its own time. Nobody sees them in the study.",
    };

    /// <summary>Why nothing can be rated now.</summary>
    internal static Html Full(StudyState state) => state switch
    {
        StudyState.Paused =>
            Of("A short break", "The study is paused. Please come back later by the same link; everything you answered is kept."),
        StudyState.Closed => Of("The study is over", "Thank you for your interest. No more answers are needed."),
        _ =>
            Of(
                "All places are taken",
                "Enough people are taking part, or have taken part already. If some of those who are at it leave, there will be a place "
                + "again: you are welcome to look in later."),
    };

    internal static Html NotPlayed(string link) =>
        Of("Please play the clip first", "The answer was not saved, because the clip had not been played to its end.", link);

    internal static Html TakenOver(string link) =>
        Of("Welcome back", "While you were away somebody else rated this clip, so there is another one for you.", link);
}
