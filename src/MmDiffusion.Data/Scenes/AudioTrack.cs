namespace MmDiffusion.Data.Scenes;

/// <summary>The sound of a scene while it is put together: tones and noises are added to the samples.</summary>
/// <param name="samples">Silent at first.</param>
/// <param name="rate">Samples per second.</param>
/// <param name="random">Makes the noise.</param>
internal sealed class AudioTrack(float[] samples, int rate, SceneRandom random)
{
    /// <summary>Seconds of the fade at both ends, which keeps them from clicking.</summary>
    private const double Fade = 0.004;

    /// <summary>Adds a struck tone: a sine that dies away.</summary>
    /// <param name="start">When it is struck, in seconds.</param>
    /// <param name="frequency">Its pitch in Hz.</param>
    /// <param name="decay">Seconds in which it falls to 1/e.</param>
    /// <param name="gain">Its amplitude.</param>
    /// <param name="glide">The pitch that it moves to within one decay, as a multiple of the first.</param>
    internal void Tone(double start, double frequency, double decay, double gain, double glide = 1)
    {
        var envelope = new Envelope(Math.Min(0.002, decay / 4), decay);
        var (first, count) = Span(start, envelope);
        var (phase, step) = (0.0, Math.Tau * Math.Min(frequency, 0.45 * rate) / rate);
        var settled = step * glide;
        var pull = 1 - Math.Exp(-3 / (decay * rate));
        var fall = Math.Exp(-1 / (decay * rate));
        var level = gain;
        for (var i = 0; i < count; i++)
        {
            var seconds = (double)i / rate;
            var rising = seconds < envelope.Attack;
            samples[first + i] += (float)(Math.Sin(phase) * (rising ? gain * seconds / envelope.Attack : level));
            if (!rising) level *= fall;
            phase += step;
            step += (settled - step) * pull;
        }
    }

    /// <summary>Adds a burst of noise.</summary>
    /// <param name="start">When it begins, in seconds.</param>
    /// <param name="envelope">Its loudness over time.</param>
    /// <param name="gain">Its root mean square where it is loudest.</param>
    /// <param name="low">Frequencies below fade out, in Hz.</param>
    /// <param name="high">Frequencies above fade out, in Hz.</param>
    internal void Noise(double start, Envelope envelope, double gain, double low, double high)
    {
        var (first, count) = Span(start, envelope);
        var noise = new BandNoise(random, rate, low, high);
        var fall = Math.Exp(-1 / (envelope.Decay * rate));
        var level = gain;
        for (var i = 0; i < count; i++)
        {
            var seconds = (double)i / rate;
            var rising = seconds < envelope.Attack;
            samples[first + i] += (float)(noise.Next() * (rising ? gain * seconds / envelope.Attack : level));
            if (!rising) level *= fall;
        }
    }

    /// <summary>Adds a howl: noise around a pitch that rises and falls with its loudness.</summary>
    /// <param name="start">When it begins, in seconds.</param>
    /// <param name="envelope">Its loudness over time.</param>
    /// <param name="gain">Its root mean square where it is loudest.</param>
    /// <param name="low">The pitch where it is quiet, in Hz.</param>
    /// <param name="high">The pitch where it is loudest, in Hz.</param>
    internal void Howl(double start, Envelope envelope, double gain, double low, double high)
    {
        const double damping = 0.22;
        const int steady = 32; // Samples of one pitch.
        var (first, count) = Span(start, envelope);
        var (band, lower, pull) = (0.0, 0.0, 0.0);
        for (var i = 0; i < count; i++)
        {
            var shown = envelope.At((i + 1.0) / rate);
            // Chamberlin's state-variable filter, stable up to a sixth of the rate; its band keeps pull/(2·damping) of the noise's
            // variance.
            if (i % steady == 0) pull = 2 * Math.Sin(Math.PI * Math.Min(1.0 / 6, (low + (high - low) * shown) / rate));
            lower += pull * band;
            band += pull * (random.Noise() - lower - damping * band);
            samples[first + i] += (float)(gain * shown * band * Math.Sqrt(2 * damping / Math.Max(pull, 1e-3)));
        }
    }

    /// <summary>Adds a noise that stays the same from start to end.</summary>
    internal void Bed(double gain, double low, double high)
    {
        var noise = new BandNoise(random, rate, low, high);
        for (var i = 0; i < samples.Length; i++) samples[i] += (float)(gain * noise.Next());
    }

    /// <summary>Takes away what is too low to hear, fades the ends and brings the highest peak to a level.</summary>
    internal void Finish(double level)
    {
        const double lowest = 25;
        var (pull, mean) = (BandNoise.Pull(lowest, rate), 0.0);
        var fade = Math.Max(1, Math.Min((int)(Fade * rate), samples.Length / 4));
        var peak = 1e-9f;
        for (var i = 0; i < samples.Length; i++)
        {
            mean += (samples[i] - mean) * pull;
            var edge = Math.Min(1f, (float)Math.Min(i, samples.Length - 1 - i) / fade);
            samples[i] = (float)(samples[i] - mean) * edge;
            peak = Math.Max(peak, Math.Abs(samples[i]));
        }
        var scale = (float)(level / peak);
        foreach (ref var sample in samples.AsSpan()) sample *= scale;
    }

    private (int First, int Count) Span(double start, Envelope envelope)
    {
        var first = Math.Clamp((int)Math.Round(start * rate), 0, samples.Length);
        return (first, (int)Math.Min(samples.Length - first, Math.Ceiling(envelope.Length * rate)));
    }
}

/// <summary>Noise between two frequencies, of variance about 1.</summary>
internal struct BandNoise
{
    private readonly SceneRandom _random;
    private readonly double _lowPull;
    private readonly double _highPull;
    private readonly double _gain;
    private double _low;
    private double _high;

    internal BandNoise(SceneRandom random, int rate, double low, double high)
    {
        (_random, _lowPull, _highPull) = (random, Pull(low, rate), Pull(high, rate));
        _gain = Math.Sqrt((2 - _highPull) / _highPull); // One-pole filters keep a/(2-a) of white noise's variance.
    }

    internal double Next()
    {
        _high += (_random.Noise() * _gain - _high) * _highPull;
        _low += (_high - _low) * _lowPull;
        return _high - _low;
    }

    /// <summary>How far a one-pole filter of a cutoff moves at each sample, 0 … 1.</summary>
    internal static double Pull(double cutoff, int rate) => 1 - Math.Exp(-Math.Tau * cutoff / rate);
}

/// <summary>How an event comes and goes, in picture and sound alike: a straight rise to 1, then an exponential fall.</summary>
/// <param name="Attack">Seconds of the rise, 0 or more.</param>
/// <param name="Decay">Seconds in which it falls to 1/e, above 0.</param>
internal readonly record struct Envelope(double Attack, double Decay)
{
    /// <summary>Seconds after which nothing is left to be seen or heard.</summary>
    internal double Length => Attack + 7 * Decay;

    /// <summary>The value so many seconds after the event.</summary>
    internal double At(double elapsed) =>
        elapsed <= 0 ? 0 : elapsed < Attack ? elapsed / Attack : Math.Exp(-(elapsed - Attack) / Decay);

    /// <summary>
    /// The strongest of all events while a frame is exposed. The highest value of that time rather than one moment's, so that an event
    /// is seen in the very frame in which it is heard.
    /// </summary>
    internal double Shown(IReadOnlyList<SceneEvent> events, double start, double end)
    {
        var shown = 0.0;
        foreach (var (time, strength) in events)
        {
            var peak = time + Attack;
            var value = end <= peak ? At(end - time) : start <= peak ? 1 : At(start - time);
            shown = Math.Max(shown, strength * value);
        }
        return shown;
    }
}
