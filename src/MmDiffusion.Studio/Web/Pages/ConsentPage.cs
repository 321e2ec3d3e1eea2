using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Media;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Web.Pages;

/// <summary>What a rater should know before the first clip, and their consent.</summary>
internal static class ConsentPage
{
    internal const string Consent = "consent";
    internal const string Invitation = "invitation";

    internal static Html Of(StudyRow study, string invitation)
    {
        var plan = study.Plan;
        var clips = plan.ClipsPerRater + plan.AttentionChecks + plan.Duplicates;
        var seconds = clips * (study.ClipSeconds * (plan.Kind == StudyKind.Pairwise ? 2 : 1) + (plan.Kind == StudyKind.Mos ? 14 : 8)) + 90;
        return Layout.Of("A study of short clips", Html.Of($"""
            <h1>A study of short clips</h1>
            <p class="lead">You will watch and hear
            {(plan.Kind == StudyKind.Pairwise ? $"{Plural.Of(clips, "pair")} of short clips" : Plural.Of(clips, "short clip"))} and say what
            you think. It takes about {Math.Ceiling(seconds / 60):0} minutes.</p>
            <h2>What you will do</h2>
            <ol class="steps">
            <li>Check that your sound works. Please use <strong>headphones</strong> and a quiet place.</li>
            <li>{Task(plan.Kind)}</li>
            <li>Play every clip to its end before you answer. You may play it as often as you like.</li>
            </ol>
            <p>{(plan.AttentionChecks > 0
                ? "Some clips tell you what to choose: please do as they say. There are no other right or wrong answers; your"
                : "There are no right or wrong answers; your")} first impression counts.</p>
            <h2>What is kept</h2>
            <p>Your answers, how long each took, and whether the sound check was passed. No name, no address, no cookie, nothing from other
            sites. You may stop at any time and come back by the same link, or delete all your answers on the page of the study.</p>
            <form method="post" class="card" data-once>
            <input type="hidden" name="{Invitation}" value="{invitation}">
            <label class="tick"><input type="checkbox" name="{Consent}" required> <span>I am at least 18 years old, I have read this, and I
            want to take part.</span></label>
            <button class="button" type="submit">Begin</button>
            </form>
            """), "study.js");
    }

    private static string Task(StudyKind kind) => kind switch
    {
        StudyKind.Mos => "Rate the picture, the sound, and how well they belong together, each from 1 to 5.",
        StudyKind.Turing => "Say of each clip whether it was made by a machine or is real.",
        _ => "Say which of two clips is better, and what is worse about the other one.",
    };
}
