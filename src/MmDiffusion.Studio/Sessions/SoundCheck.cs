using System.Globalization;
using MmDiffusion.Studio.Storage;

namespace MmDiffusion.Studio.Sessions;

/// <summary>
/// Beeps to count, which need sound, and tones one of which is softer, which need headphones: another one has its channels against each
/// other, so that loudspeakers all but cancel it (Woods, Siegel, Traer, McDermott 2017).
/// </summary>
internal static class SoundCheck
{
    /// <summary>How often the softest of three tones is to be told.</summary>
    internal const int Trials = 3;

    internal const int FewestBeeps = 2;
    internal const int MostBeeps = 5;
    internal const int Tones = 3;

    /// <summary>How many beeps a rater hears at this attempt.</summary>
    internal static int BeepCount(StudyRow study, RaterRow rater) => FewestBeeps + Seal.Number(study.Secret, "beeps", Attempt(rater), MostBeeps - FewestBeeps + 1);

    /// <summary>Which tone is the softest, from 1.</summary>
    internal static int SoftestTone(StudyRow study, RaterRow rater, int trial) => 1 + Seal.Number(study.Secret, $"tone{trial}", Attempt(rater), Tones);

    /// <summary>The beeps as a wave file.</summary>
    internal static byte[] Beeps(StudyRow study, RaterRow rater)
    {
        var sound = new StereoSound();
        sound.Silence(0.3);
        for (var i = 0; i < BeepCount(study, rater); i++)
        {
            sound.Tone(660, 0.18, 0.3, 0.3);
            sound.Silence(0.32);
        }

        // The length of the file does not tell how many there are.
        sound.SilenceUntil(0.3 + MostBeeps * 0.5 + 0.2);
        return sound.ToWave();
    }

    /// <summary>Three tones as a wave file.</summary>
    internal static byte[] ToneTrial(StudyRow study, RaterRow rater, int trial)
    {
        var softest = SoftestTone(study, rater, trial);
        var cancelling = 1 + (softest - 1 + 1 + Seal.Number(study.Secret, $"phase{trial}", Attempt(rater), Tones - 1)) % Tones;
        var sound = new StereoSound();
        for (var tone = 1; tone <= Tones; tone++)
        {
            var level = tone == softest ? 0.125 : 0.25;
            sound.Tone(200, 0.9, level, tone == cancelling ? -level : level);
            sound.Silence(0.4);
        }

        return sound.ToWave();
    }

    private static string Attempt(RaterRow rater) => string.Create(CultureInfo.InvariantCulture, $"{rater.Id} {rater.SoundAttempts}");
}
