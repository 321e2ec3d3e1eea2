using System.Globalization;
using System.Text.Json.Serialization;

namespace MmDiffusion.Media;

/// <summary>A place where a file's clock jumps: recorders restart it, and parts that were joined each bring their own.</summary>
/// <param name="Time">When it jumps, in seconds after the file's own start, jumps taken out.</param>
/// <param name="By">By how many seconds; below 0 where it goes back.</param>
public sealed record ClockJump(double Time, double By);

/// <summary>
/// A stream's clock, in stretches between jumps. ffmpeg is told to keep the file's own clock, so that picture and sound read by different
/// processes meet; it then corrects no jump, and every stretch is moved here to where the one before ends.
/// </summary>
/// <param name="Stretches">At least one, in the file's order.</param>
internal sealed record FileClock(IReadOnlyList<FileClock.Stretch> Stretches)
{
    /// <summary>Times between two frames of one stretch are never this far backwards.</summary>
    private const double Back = 0.05;

    /// <summary>A stretch without jumps.</summary>
    /// <param name="First">The first time on the file's clock, seconds.</param>
    /// <param name="End">The last time.</param>
    /// <param name="Shift">What is to be added to the file's clock.</param>
    internal sealed record Stretch([property: JsonInclude] double First, [property: JsonInclude] double End, [property: JsonInclude] double Shift);

    /// <summary>An expression of ffmpeg's filters "setpts" and "asetpts" for times without jumps, less <paramref name="zero"/>.</summary>
    /// <remarks>
    /// Variable 0 counts the jumps so far. The next stretch has begun where a frame is nearer to it or, after a jump back, where a frame
    /// is earlier than the one before.
    /// </remarks>
    internal string Timestamps(double zero)
    {
        if (Stretches is [var only]) return $"round(PTS+({Text(only.Shift - zero)})/TB)";
        var counts = Stretches.Skip(1).Select((next, i) => next.First > Stretches[i].End
            ? $"eq(ld(0),{i})*gte(T,{Text((Stretches[i].End + next.First) / 2)})"
            : $"eq(ld(0),{i})*lt(T,PREV_INT-{Text(Back)})");
        var shifts = Stretches.Skip(1).Select((next, i) => $"gte(ld(0),{i + 1})*({Text(next.Shift - Stretches[i].Shift)})");
        return $"'st(0,ld(0)+{string.Join('+', counts)});round(PTS+({string.Join('+', shifts)}+({Text(Stretches[0].Shift - zero)}))/TB)'";
    }

    private static string Text(double seconds) => seconds.ToString("0.#########", CultureInfo.InvariantCulture);
}
