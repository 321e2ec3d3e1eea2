using System.Buffers.Binary;
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
    internal static int BeepCount(StudyRow study, RaterRow rater) =>
        FewestBeeps + Seal.Number(study.Secret, "beeps", Attempt(rater), MostBeeps - FewestBeeps + 1);

    /// <summary>Which tone is the softest, from 1.</summary>
    internal static int SoftestTone(StudyRow study, RaterRow rater, int trial) =>
        1 + Seal.Number(study.Secret, $"tone{trial}", Attempt(rater), Tones);

    /// <summary>The beeps as a wave file.</summary>
    internal static byte[] Beeps(StudyRow study, RaterRow rater)
    {
        var sound = new StereoAudio();
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
        var sound = new StereoAudio();
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

/// <summary>Tones in two channels, as a wave file of 16 bits.</summary>
internal sealed class StereoAudio
{
    private const int Rate = 22050;
    private const double Fade = 0.02;
    private const int HeaderBytes = 44;
    private readonly List<short> _samples = [];

    internal void Silence(double seconds) => _samples.AddRange(new short[2 * (int)(seconds * Rate)]);

    internal void SilenceUntil(double seconds) => _samples.AddRange(new short[Math.Max(0, 2 * (int)(seconds * Rate) - _samples.Count)]);

    /// <summary>A sine with soft ends; a negative level turns a channel against the other.</summary>
    internal void Tone(double frequency, double seconds, double left, double right)
    {
        var count = (int)(seconds * Rate);
        for (var i = 0; i < count; i++)
        {
            var envelope = Math.Clamp(Math.Min(i, count - i) / (Fade * Rate), 0, 1);
            var value = envelope * Math.Sin(2 * Math.PI * frequency * i / Rate) * short.MaxValue;
            _samples.Add((short)(left * value));
            _samples.Add((short)(right * value));
        }
    }

    internal byte[] ToWave()
    {
        var file = new byte[HeaderBytes + 2 * _samples.Count];
        var header = file.AsSpan(0, HeaderBytes);
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], file.Length - 8);
        "WAVEfmt "u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(header[20..], 1); // PCM
        BinaryPrimitives.WriteInt16LittleEndian(header[22..], 2); // channels
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], Rate);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], Rate * 4);
        BinaryPrimitives.WriteInt16LittleEndian(header[32..], 4);
        BinaryPrimitives.WriteInt16LittleEndian(header[34..], 16);
        "data"u8.CopyTo(header[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], 2 * _samples.Count);
        for (var i = 0; i < _samples.Count; i++) BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(HeaderBytes + 2 * i), _samples[i]);
        return file;
    }
}
