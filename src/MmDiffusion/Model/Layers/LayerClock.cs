using System.Diagnostics;

namespace MmDiffusion.Model;

/// <summary>Adds up the time of the layers of one kind that run on this thread while it is open, on devices that compute at once.</summary>
internal sealed class LayerClock : IDisposable
{
    [ThreadStatic]
    private static LayerClock? _open;

    private readonly LayerClock? _outer = _open;

    internal LayerClock() => _open = this;

    /// <summary>Time so far.</summary>
    internal TimeSpan Total { get; private set; }

    public void Dispose() => _open = _outer;

    /// <summary>Runs a layer of that kind.</summary>
    internal static T Time<T>(Func<T> layer)
    {
        if (_open is not { } clock) return layer();
        var began = Stopwatch.GetTimestamp();
        var result = layer();
        clock.Total += Stopwatch.GetElapsedTime(began);
        return result;
    }
}
