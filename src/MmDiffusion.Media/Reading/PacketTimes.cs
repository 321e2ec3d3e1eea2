using System.Globalization;
using System.Text.Json;

namespace MmDiffusion.Media.Reading;

/// <summary>
/// What the packets of a file's picture and sound tell, without decoding: where each really begins and ends, whether the clock jumps, and
/// how evenly frames are spaced. Headers may tell none of it, or something else.
/// </summary>
internal sealed class PacketTimes
{
    /// <summary>
    /// Seconds without any packet of picture or sound, after the end of the last, which are a jump of the clock. In streams whose clock
    /// may restart ffmpeg has the same limit; there a picture that stands still for longer has sound beside it.
    /// </summary>
    private const double LongestGapOfStreams = 10;

    /// <summary>
    /// The same for files with one clock, where a gap is a picture that stands still: a slide, a screen on which nothing changes. What
    /// stands for longer than this was copied from a stream with its jumps.
    /// </summary>
    private const double LongestGapOfFiles = 3600;

    /// <summary>No codec shows a frame later than so many that come after it in the file.</summary>
    private const int MostReordered = 16;

    /// <summary>Decoding times never go back within a stretch; times of display do by a few frames.</summary>
    private const double DecodingBack = 0.1;
    private const double DisplayBack = 1;

    /// <summary>Part of the intervals that may be uneven in a picture of constant rate: a frame is lost now and then.</summary>
    private const double UnevenPart = 0.01;

    private static readonly double[] UsualRates =
    [
        10, 12, 12.5, 15, 20, 24000 / 1001.0, 24, 25, 30000 / 1001.0, 30, 48, 50, 60000 / 1001.0, 60, 100, 120,
    ];

    /// <summary>Codecs whose packets all have as many samples.</summary>
    private static readonly string[] ConstantSamples = ["mp2", "mp3", "aac", "aac_latm", "ac3", "eac3", "dts"];

    private readonly double _longestGap;
    private readonly int _untimed;
    private readonly long? _untimedPosition;
    private readonly Track _video;
    private readonly Track _sound;
    private readonly List<Stretch> _stretches = [];

    /// <summary>Reads packets.</summary>
    /// <param name="packets">As ffprobe lists them in JSON, times as h:m:s.</param>
    /// <param name="video">The picture's stream, -1 without.</param>
    /// <param name="sound">The sound's stream, -1 without.</param>
    /// <param name="restartsClock">Whether the container is one for streams, whose clock may restart anywhere.</param>
    internal PacketTimes(IEnumerable<JsonElement> packets, int video, int sound, bool restartsClock)
    {
        _longestGap = restartsClock ? LongestGapOfStreams : LongestGapOfFiles;
        (_video, _sound) = (new Track(), new Track());
        foreach (var packet in packets)
        {
            if (!packet.TryGetProperty("stream_index", out var stream)) continue;
            var track = stream.GetInt32() == video ? _video : stream.GetInt32() == sound ? _sound : null;
            // What is decoded only because something after it needs it is not shown.
            if (track is null || (Text(packet, "flags")?.Contains('D', StringComparison.Ordinal) ?? false)) continue;
            var (shown, decoded) = (ProbedTime.Of(packet, "pts_time"), ProbedTime.Of(packet, "dts_time"));
            var length = ProbedTime.Of(packet, "duration_time") ?? 0;
            // Where the clock jumps, ffmpeg's guesses of times that a container does not store lag behind.
            if (Math.Abs((shown - decoded) ?? 0) > _longestGap + MostReordered * length) decoded = null;
            long? position = long.TryParse(Text(packet, "pos"), out var place) ? place : null;
            if ((shown ?? decoded) is { } time) Add(track, time, decoded, length, position);
            else if (track == _video && _video.Parts.Count == 0)
                (_untimed, _untimedPosition) = (_untimed + 1, _untimedPosition ?? position);
        }
        if (_untimed > 0 && _video.Parts.Count > 0) TimeFirstFrames();
        Join();
    }

    /// <summary>Whether the picture's packets have times.</summary>
    internal bool HasVideo => _video.Parts.Count > 0;

    /// <summary>Whether the sound's packets have times.</summary>
    internal bool HasAudio => _sound.Parts.Count > 0;

    /// <summary>The picture's first time on the file's clock.</summary>
    internal double VideoStart => _video.Parts[0].First;

    /// <summary>The sound's first time on the file's clock.</summary>
    internal double AudioStart => _sound.Parts[0].First;

    /// <summary>The picture's end on the file's clock, jumps taken out.</summary>
    internal double VideoEnd => End(_video);

    /// <summary>The sound's end on the file's clock, jumps taken out.</summary>
    internal double AudioEnd => End(_sound);

    /// <summary>The picture's clock; null where it does not jump.</summary>
    internal FileClock? VideoClock => Clock(_video);

    /// <summary>The sound's clock; null where it does not jump.</summary>
    internal FileClock? AudioClock => Clock(_sound);

    /// <summary>
    /// How long before any time decoding must begin to have the frame that stands then: containers are entered by times of decoding, which
    /// are before those of display.
    /// </summary>
    internal double LongestStandstill => _video.Parts.Select(part => part.LongestInterval).DefaultIfEmpty().Max() + _video.LongestDelay;

    /// <summary>What the packets of sound tell; null without any.</summary>
    /// <param name="codec">ffmpeg's name of the codec.</param>
    /// <param name="keepsRate">Whether the sample rate cannot change within the file.</param>
    internal AudioPackets? Audio(string codec, bool keepsRate)
    {
        if (!HasAudio) return null;
        var gap = _sound.Parts.Max(part => part.LongestInterval);
        return new AudioPackets(
            AudioStart,
            gap,
            keepsRate || !ConstantSamples.Contains(codec) ? [] : Lengths(_sound.Parts.SelectMany(part => part.Lengths)));
    }

    /// <summary>Lengths that differ by more than they are rounded, of which there are several.</summary>
    private static double[] Lengths(IEnumerable<double> lengths)
    {
        const double rounded = 0.01;
        const int several = 3;
        var found = new List<(double Length, int Count)>();
        foreach (var length in lengths.Where(length => length > 0))
        {
            var known = found.FindIndex(entry => Math.Abs(entry.Length - length) <= rounded * length);
            if (known < 0) found.Add((length, 1));
            else found[known] = (found[known].Length, found[known].Count + 1);
        }
        return [.. found.Where(entry => entry.Count >= several).Select(entry => entry.Length)];
    }

    /// <summary>Where the clock jumps.</summary>
    /// <param name="start">The file's start on its own clock.</param>
    internal IReadOnlyList<ClockJump> Jumps(double start) =>
        [.. _stretches.Skip(1).Select((next, i) =>
            new ClockJump(Math.Round(next.First + next.Shift - start, 3), Math.Round(_stretches[i].Shift - next.Shift, 3)))];

    /// <summary>
    /// Frames per second as they come: on average, and of an even grid that has a place for each; null where too few tell.
    /// </summary>
    internal (double Average, double Grid, bool Varies)? Rate()
    {
        var shown = _video.Parts.SelectMany(part => part.Times.Select(time => time + _stretches[part.Stretch].Shift)).Order().ToArray();
        var intervals = shown.Skip(1).Select((time, i) => time - shown[i]).Where(interval => interval > 1e-4).ToArray();
        if (intervals.Length < 2) return null;
        var average = intervals.Length / intervals.Sum();
        var sorted = intervals.Order().ToArray();
        var usual = sorted[sorted.Length / 2];
        // Containers round times to a millisecond.
        var even = intervals.Where(interval => Math.Abs(interval - usual) <= 0.0021 + 0.02 * usual).ToArray();
        if (intervals.Length - even.Length <= Math.Max(UnevenPart * intervals.Length, 2 * (_stretches.Count - 1)))
        {
            var steady = Usual(even.Length / even.Sum(), 0.002);
            return (steady, steady, false);
        }
        return (average, Grid(shown, 1 / sorted[sorted.Length / 10]), true);
    }

    /// <summary>The lowest usual rate of which each frame meets a tick, at least about as high as frames come at times.</summary>
    private static double Grid(double[] shown, double highest)
    {
        const double meets = 0.0021;
        foreach (var rate in UsualRates)
        {
            if (rate < 0.9 * highest) continue;
            var met = shown.Count(time => Math.Abs((time - shown[0]) * rate - Math.Round((time - shown[0]) * rate)) <= meets * rate);
            if (met >= 0.98 * shown.Length) return rate;
        }
        return Math.Clamp(highest, 60, UsualRates[^1]);
    }

    /// <summary>The usual rate that a measured one stands for: times in milliseconds leave some doubt.</summary>
    private static double Usual(double rate, double tolerance)
    {
        var best = UsualRates.MinBy(candidate => Math.Abs(candidate - rate));
        return Math.Abs(best - rate) <= tolerance * rate ? best : rate;
    }

    private double End(Track track) => track.Parts.Max(part => part.End + _stretches[part.Stretch].Shift);

    private static string? Text(JsonElement packet, string name) => packet.TryGetProperty(name, out var value) ? value.GetString() : null;

    private void Add(Track track, double time, double? decoded, double length, long? position)
    {
        var now = decoded ?? time;
        // A file stores how long the packet before a jump of its clock lasts: up to after the jump.
        if (length > LongestGapOfFiles) length = 0;
        var part = track.Parts.Count > 0 ? track.Parts[^1] : null;
        if (part is null || !GoesOn(track, part, now, decoded is not null))
        {
            var stretch = part is null ? 0 : part.Stretch + 1;
            // The other stream may have jumped before.
            while (stretch < _stretches.Count && !_stretches[stretch].IsNear(now, _longestGap)) stretch++;
            if (stretch == _stretches.Count) _stretches.Add(new Stretch(now));
            track.Parts.Add(part = new Part(stretch, position));
        }
        (track.Last, track.LastLength, track.LastWasDecoding) = (now, length, decoded is not null);
        if (decoded is not null) track.LongestDelay = Math.Max(track.LongestDelay, time - now);
        part.Add(time, length);
        _stretches[part.Stretch].Add(now, time);
    }

    /// <summary>Whether a packet belongs to the stretch of the one before.</summary>
    private bool GoesOn(Track track, Part part, double now, bool isDecoding)
    {
        var end = Math.Max(track.Last + track.LastLength, _stretches[part.Stretch].Last);
        if (now > end + _longestGap) return false;
        if (isDecoding && track.LastWasDecoding) return now >= track.Last - DecodingBack;
        // ffmpeg guesses times of decoding once it has seen as many packets as frames are reordered.
        var isBeginning = track.Parts.Count == 1 && part.Times.Count < MostReordered && now >= part.First;
        return isBeginning || now >= track.Last - Math.Max(DisplayBack, MostReordered * track.LastLength);
    }

    /// <summary>
    /// Matroska's blocks from before time 0 come without a time, and ffmpeg counts their frames from 0 on: they are a stretch of their own,
    /// which ends where the times begin.
    /// </summary>
    private void TimeFirstFrames()
    {
        var times = _video.Parts[0].Times.Order().ToArray();
        if (times.Length < 2) return;
        var interval = times.Skip(1).Select((time, i) => time - times[i]).Order().ElementAt((times.Length - 1) / 2);
        foreach (var later in _video.Parts.Concat(_sound.Parts)) later.Stretch++;
        var first = new Part(0, _untimedPosition);
        for (var i = 0; i < _untimed; i++) first.Add(i * interval, interval);
        _video.Parts.Insert(0, first);
        _stretches.Insert(0, new Stretch(0));
        _stretches[0].Add(first.End, 0);
    }

    /// <summary>
    /// Decides how far each stretch is moved: its first picture follows the last one before, and its sound keeps its distance from it.
    /// </summary>
    private void Join()
    {
        for (var i = 1; i < _stretches.Count; i++)
        {
            var (before, next) = (_stretches[i - 1], _stretches[i]);
            var end = PartOf(_video, i - 1) is { } video && PartOf(_video, i) is not null ? video.End : Parts(i - 1).Max(part => part.End);
            var first = PartOf(_video, i - 1) is not null && PartOf(_video, i) is { } follower
                ? follower.First
                : Parts(i).Min(part => part.First);
            next.Shift = before.Shift + end - first;
        }

        IEnumerable<Part> Parts(int stretch) => _video.Parts.Concat(_sound.Parts).Where(part => part.Stretch == stretch);
        static Part? PartOf(Track track, int stretch) => track.Parts.Find(part => part.Stretch == stretch);
    }

    private FileClock? Clock(Track track) => _stretches.Count < 2 || track.Parts.Count == 0
        ? null
        : new FileClock([.. track.Parts.Select(part =>
            new FileClock.Stretch(part.First, part.End, _stretches[part.Stretch].Shift, part.Position))]);

    private sealed class Track
    {
        internal List<Part> Parts { get; } = [];

        internal double Last { get; set; }

        internal double LastLength { get; set; }

        /// <summary>How long before it is shown a packet is decoded, at most.</summary>
        internal double LongestDelay { get; set; }

        internal bool LastWasDecoding { get; set; }
    }

    /// <summary>The packets of one stream in a stretch.</summary>
    private sealed class Part(int stretch, long? position)
    {
        private double _last = double.NegativeInfinity;
        private double _end = double.NegativeInfinity;

        internal int Stretch { get; set; } = stretch;

        internal long? Position => position;

        internal double First { get; private set; } = double.PositiveInfinity;

        /// <summary>Where the last packet ends: where nothing tells how long it is, it is as long as they usually are.</summary>
        internal double End => _end > _last + 1e-6 || Times.Count < 2 ? _end : _end + UsualInterval();

        /// <summary>Between the beginnings of two packets.</summary>
        internal double LongestInterval => Intervals().DefaultIfEmpty().Max();

        internal List<double> Times { get; } = [];

        internal List<double> Lengths { get; } = [];

        internal void Add(double time, double length)
        {
            Times.Add(time);
            Lengths.Add(length);
            (First, _last, _end) = (Math.Min(First, time), Math.Max(_last, time), Math.Max(_end, time + length));
        }

        private double UsualInterval() => Intervals().Order().ElementAt((Times.Count - 1) / 2);

        private IEnumerable<double> Intervals()
        {
            var times = Times.Order().ToArray();
            return times.Skip(1).Select((time, i) => time - times[i]);
        }
    }

    /// <summary>What both streams have between two jumps.</summary>
    private sealed class Stretch(double first)
    {
        internal double First { get; private set; } = first;

        internal double Last { get; private set; } = first;

        internal double Shift { get; set; }

        internal bool IsNear(double time, double gap) => time >= First - gap && time <= Last + gap;

        internal void Add(double decoded, double shown) => (First, Last) = (Math.Min(First, shown), Math.Max(Last, decoded));
    }
}

/// <summary>Times as ffprobe prints them.</summary>
internal static class ProbedTime
{
    /// <summary>A time of an object, null where it has none.</summary>
    internal static double? Of(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? Parse(value.GetString()) : null;

    /// <summary>Hours, minutes and seconds; below 0, each with its own sign.</summary>
    internal static double? Parse(string? text)
    {
        var seconds = 0.0;
        if (text is null) return null;
        foreach (var part in text.Split(':'))
        {
            if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)) return null;
            seconds = 60 * seconds + value;
        }
        return double.IsFinite(seconds) ? seconds : null;
    }
}
