namespace MmDiffusion.Data.Scenes;

/// <summary>A sound in the making: sources add to it.</summary>
internal sealed class SoundTrack(int samples, int rate)
{
    private const double Loudness = 0.2; // Root mean square, as far as the limiter allows.
    private const double MostDrive = 1.8;
    private const double Ceiling = 0.9;

    private readonly float[] _samples = new float[samples];

    /// <summary>Seconds it lasts.</summary>
    internal double Duration => (double)_samples.Length / rate;

    /// <summary>Adds a tone that begins at once and dies away.</summary>
    /// <param name="start">In seconds; what lies before 0 is not heard.</param>
    /// <param name="frequency">In Hz at the start.</param>
    /// <param name="halfLife">Seconds in which the amplitude halves.</param>
    /// <param name="amplitude">At the start.</param>
    /// <param name="endFrequency">What the frequency falls to, as fast as the amplitude; null where it stays.</param>
    internal void Tone(double start, double frequency, double halfLife, double amplitude, double? endFrequency = null)
    {
        var (phase, low) = (0.0, endFrequency ?? frequency);
        ForEach(start, 8 * halfLife, elapsed =>
        {
            var envelope = Math.Pow(0.5, elapsed / halfLife);
            phase += 2 * Math.PI * (low + (frequency - low) * envelope) / rate;
            return amplitude * envelope * Attack(elapsed) * Math.Sin(phase);
        });
    }

    /// <summary>Adds a noise that begins at once and dies away.</summary>
    /// <param name="start">In seconds.</param>
    /// <param name="halfLife">Seconds in which the amplitude halves.</param>
    /// <param name="amplitude">At the start.</param>
    /// <param name="brightness">From 0, a rumble, to 1, white.</param>
    /// <param name="random">Source of the noise.</param>
    internal void Burst(double start, double halfLife, double amplitude, double brightness, SceneRandom random)
    {
        var filter = new LowPass(brightness);
        ForEach(start, 8 * halfLife, elapsed => amplitude * Math.Pow(0.5, elapsed / halfLife) * Attack(elapsed) * filter.Next(random.Noise()));
    }

    /// <summary>Adds a noise as loud as <paramref name="amplitude"/> says at each time.</summary>
    internal void Hiss(Func<double, double> amplitude, double brightness, SceneRandom random)
    {
        const int held = 32; // The loudness changes slowly: it is asked for once in a while and drawn as a line between.
        var filter = new LowPass(brightness);
        var (before, after) = (0.0, amplitude(0));
        for (var i = 0; i < _samples.Length; i++)
        {
            if (i % held == 0) (before, after) = (after, amplitude((double)(i + held) / rate));
            var share = (double)(i % held) / held;
            _samples[i] += (float)((before + (after - before) * share) * filter.Next(random.Noise()));
        }
    }

    /// <summary>The sound about as loud as any other, its peaks limited softly and its ends faded.</summary>
    internal float[] Finish()
    {
        var (power, loudest) = (0.0, 0.0);
        foreach (var sample in _samples) (power, loudest) = (power + sample * sample, Math.Max(loudest, Math.Abs(sample)));
        var gain = loudest > 0 ? Math.Min(Loudness / Math.Sqrt(power / _samples.Length), MostDrive / loudest) : 0;
        var fade = Math.Max(1, Math.Min(rate / 400, _samples.Length / 4));
        for (var i = 0; i < _samples.Length; i++)
        {
            var edge = Math.Min(1, (Math.Min(i, _samples.Length - 1 - i) + 1.0) / fade);
            _samples[i] = (float)(edge * Ceiling * Math.Tanh(gain * _samples[i] / Ceiling));
        }
        return _samples;
    }

    private void ForEach(double start, double length, Func<double, double> value)
    {
        var first = (int)Math.Ceiling(start * rate);
        var end = Math.Min(_samples.Length, (long)first + (int)(length * rate));
        for (var i = first; i < end; i++)
        {
            var sample = value((double)(i - first) / rate);
            if (i >= 0) _samples[i] += (float)sample;
        }
    }

    // Two milliseconds, so that nothing begins with a click of its own.
    private static double Attack(double elapsed) => Math.Min(1, elapsed / 0.002);

    /// <summary>Takes the highs from a noise and keeps its loudness.</summary>
    private struct LowPass(double brightness)
    {
        private readonly double _share = Math.Clamp(brightness, 0.01, 1);
        private readonly double _gain = Math.Sqrt((2 - Math.Clamp(brightness, 0.01, 1)) / Math.Clamp(brightness, 0.01, 1));
        private double _value;

        internal double Next(double noise) => _gain * (_value += _share * (noise - _value));
    }
}
