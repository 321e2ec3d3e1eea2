using System.Collections.Concurrent;
using System.Globalization;

namespace MmDiffusion.Media.FfmpegProgram;

/// <summary>
/// The frames that pass a "showinfo" or "ashowinfo" filter, as ffmpeg tells of them on its error stream before it writes their content.
/// Raw output has no times; these are theirs.
/// </summary>
internal sealed class FrameLog : IDisposable
{
    private readonly BlockingCollection<Entry> _entries = [];
    private double _seconds = double.NegativeInfinity;

    /// <summary>A frame.</summary>
    /// <param name="Pts">Its time in the units of the stream: samples for sound.</param>
    /// <param name="Seconds">Its time.</param>
    /// <param name="Samples">Samples per channel; 0 for a picture.</param>
    internal readonly record struct Entry(long Pts, double Seconds, int Samples);

    /// <summary>The next frame, waited for; null after the last.</summary>
    internal Entry? Take() => _entries.TryTake(out var entry, Timeout.Infinite) ? entry : null;

    /// <summary>Looks at a line of the error stream.</summary>
    /// <returns>Whether it is of the filter.</returns>
    internal bool Accept(string line)
    {
        if (line.Contains("showinfo@", StringComparison.Ordinal))
        {
            MostChannels = Math.Max(MostChannels, (int)(Number(line, " channels:") ?? 0));
            return true;
        }
        if (!line.Contains("showinfo_", StringComparison.Ordinal)) return false;
        if (line.Contains(" n:", StringComparison.Ordinal) && Number(line, " pts:") is { } pts && Number(line, " pts_time:") is { } seconds)
        {
            _entries.Add(new Entry((long)pts, seconds, (int)(Number(line, " nb_samples:") ?? 0)));
            _seconds = seconds;
        }
        return true;
    }

    /// <summary>
    /// The most channels of a frame that passed a filter with a name of its own, "ashowinfo@…", of which nothing else is kept.
    /// </summary>
    internal int MostChannels { get; private set; }

    /// <summary>Errors with the time of the frame before each; before the first frame, minus infinity.</summary>
    internal List<(double Seconds, string Text)> Complaints { get; } = [];

    /// <summary>Notes an error.</summary>
    internal void Complain(string text)
    {
        const int most = 100_000;
        if (Complaints.Count < most) Complaints.Add((_seconds, text));
    }

    /// <summary>Says that no line will follow.</summary>
    internal void Complete() => _entries.CompleteAdding();

    public void Dispose() => _entries.Dispose();

    private static double? Number(string line, string label)
    {
        var place = line.IndexOf(label, StringComparison.Ordinal);
        if (place < 0) return null;
        var rest = line.AsSpan(place + label.Length).TrimStart();
        var end = rest.IndexOf(' ');
        return double.TryParse(end < 0 ? rest : rest[..end], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
