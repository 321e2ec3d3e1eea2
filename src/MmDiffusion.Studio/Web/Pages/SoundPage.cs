using System.Globalization;
using MmDiffusion.Evaluation.Reporting;
using MmDiffusion.Studio.Sessions;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Web.Pages;

/// <summary>Whether the rater hears, and by headphones.</summary>
internal static class SoundPage
{
    internal const string Beeps = "beeps";

    /// <summary>The field of how many attempts there were when the page was made.</summary>
    internal const string Attempt = "attempt";

    internal static string Tone(int trial) => string.Create(CultureInfo.InvariantCulture, $"tone{trial}");

    /// <summary>The sound of a name; null where there is none.</summary>
    internal static byte[]? Find(StudyRow study, RaterRow rater, string name) => name == Beeps
        ? SoundCheck.Beeps(study, rater)
        : Enumerable.Range(0, SoundCheck.Trials)
            .Where(trial => Tone(trial) == name)
            .Select(trial => SoundCheck.ToneTrial(study, rater, trial))
            .FirstOrDefault();

    internal static Html Of(RaterView.Listening view, string token) => Layout.Of("Sound check", Html.Of($"""
        <h1>Can you hear well?</h1>
        <p class="lead">Please put on your headphones and set the volume so that the beeps are easy to hear but not loud.</p>
        {(view.Rater.SoundAttempts == 0 ? Html.Empty : Html.Of($"""
            <p class="notice" role="alert">That was not the number of beeps. Is the sound on? Please listen again: these are new sounds.</p>
            """))}
        <form method="post" action="/r/{token}/sound" data-once>
        {FormSeal.Input(view.Study, view.Rater)}
        <input type="hidden" name="{Attempt}" value="{view.Rater.SoundAttempts}">
        {Part(token, Beeps, "How many beeps do you hear?", SoundCheck.FewestBeeps, SoundCheck.MostBeeps, number => $"{number}")}
        <h2>Headphones</h2>
        <p>Three times you hear three low tones. Which of them is the softest? If you can’t tell, choose any.</p>
        {Enumerable.Range(0, SoundCheck.Trials).Select(trial => SoftestTone(token, trial))}
        <button class="button" type="submit">Go on</button>
        </form>
        {RaterPage.Leave(view, token)}
        """), "study.js");

    private static Html SoftestTone(string token, int trial) =>
        Part(token, Tone(trial), $"Softest tone, sound {trial + 1} of {SoundCheck.Trials}", 1, SoundCheck.Tones, Ordinal);

    private static Html Part(string token, string name, string title, int first, int last, Func<int, string> label) => Html.Of($"""
        <fieldset class="card">
        <legend>{title}</legend>
        <button type="button" class="button quiet listen" data-sound="/r/{token}/sound/{name}">Play the sound</button>
        <div class="row">
        {Enumerable.Range(first, last - first + 1).Select(number => Html.Of($"""
            <label class="choice short"><input type="radio" name="{name}" value="{number}" required> <span>{label(number)}</span></label>
            """))}
        </div>
        </fieldset>
        """);

    private static string Ordinal(int number) => number switch
    {
        1 => "First",
        2 => "Second",
        _ => "Third",
    };
}
