namespace MmDiffusion.Data.Scenes;

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
