using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Scenes;

/// <summary>When a clip's frames are exposed and when its events may happen.</summary>
internal sealed class Timeline
{
    private readonly double _rate;
    private readonly double _first;
    private readonly double _last;

    internal Timeline(ClipShape shape)
    {
        _rate = shape.FrameRate;
        // What happens must be seen and heard.
        Duration = Math.Min(shape.Frames / shape.FrameRate, (double)shape.AudioLength / shape.SampleRate);
        // In the first frame nothing is seen to change, and a sound needs time to be heard.
        (_first, _last) = Duration >= 3 / _rate ? (1 / _rate, Duration - Math.Min(0.15, Duration / 4)) : (Duration / 4, Duration / 2);
    }

    /// <summary>Seconds that have both picture and sound.</summary>
    internal double Duration { get; }

    internal double Start(int frame) => frame / _rate;

    internal double Middle(int frame) => (frame + 0.5) / _rate;

    internal double End(int frame) => (frame + 1) / _rate;

    /// <summary>Events one after another, all of them with room to be seen and heard; at least one.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="shortest">Least seconds between two.</param>
    /// <param name="longest">Most seconds between two.</param>
    internal List<SceneEvent> Schedule(SceneRandom random, double shortest, double longest) =>
        Schedule(random, () => random.Uniform(shortest, longest), random.Uniform(0, longest));

    /// <summary>Events with given gaps.</summary>
    /// <param name="random">Decides the rest.</param>
    /// <param name="gap">Seconds to the next.</param>
    /// <param name="lead">Seconds before the first.</param>
    internal List<SceneEvent> Schedule(SceneRandom random, Func<double> gap, double lead)
    {
        var events = new List<SceneEvent>();
        for (var time = _first + Math.Min(lead, (_last - _first) * 0.6); time <= _last || events.Count == 0; time += gap())
            events.Add(new SceneEvent(Snap(time, random), random.Uniform(0.65, 1)));
        return events;
    }

    /// <summary>
    /// Moves a moment to the first half of its frame's exposure, so that this frame both shows it and sounds of it. Frames that are longer
    /// than the shortest gap are left alone: two moments might change places.
    /// </summary>
    private double Snap(double time, SceneRandom random)
    {
        const double slowest = 5;
        var snapped = (Math.Floor(time * _rate) + random.Uniform(0.05, 0.45)) / _rate;
        return _rate >= slowest && snapped < Duration ? snapped : time;
    }
}
