using System.Globalization;
using System.Text.Json.Serialization;

namespace MmDiffusion.Media.Reading;

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

    /// <summary>How far from a stretch's packets a frame's time may be: decoders delay.</summary>
    private const double Near = 0.5;

    /// <summary>A stretch without jumps.</summary>
    /// <param name="First">The first time on the file's clock, seconds.</param>
    /// <param name="End">The last time.</param>
    /// <param name="Shift">What is to be added to the file's clock.</param>
    /// <param name="Position">Where its first packet lies in the file, bytes; null where that is not known.</param>
    internal sealed record Stretch(
        [property: JsonInclude] double First,
        [property: JsonInclude] double End,
        [property: JsonInclude] double Shift,
        [property: JsonInclude] long? Position = null);

    /// <summary>An expression of ffmpeg's filters "setpts" and "asetpts" for times without jumps, less <paramref name="zero"/>.</summary>
    /// <param name="clock">The clock; null for one that does not jump.</param>
    /// <param name="zero">The time that becomes 0, seconds.</param>
    /// <param name="sound">For sound, what its packets tell; null where that is not known.</param>
    /// <remarks>
    /// Variable 0 counts the jumps so far. Filters are made again where a stream changes, and then know nothing of before: the place of a
    /// frame in the file tells the stretch, and where a frame has none, its time. Where the rate of a sound changes, ffmpeg 5 gives the
    /// first frame's time in samples of the new rate to filters that count by the old one: a frame that is further off than any packet
    /// follows the one before (variable 2). The same happens to the file's first frame, where looking for streams went as far as another
    /// rate.
    /// </remarks>
    internal static string Timestamps(FileClock? clock, double zero, AudioPackets? sound = null)
    {
        var stretches = clock?.Stretches ?? [];
        var jumps = stretches.Count > 1;
        if (!jumps && sound is null) return $"round(PTS+({Text(stretches.Sum(stretch => stretch.Shift) - zero)})/TB)";
        var shift = jumps ? Shifts(stretches, zero) : Text(stretches.Sum(stretch => stretch.Shift) - zero);
        var count = jumps ? $"st(3,ld(0));st(0,{Count(stretches)});" : "";
        if (sound is null) return $"'{count}round(PTS+({shift})/TB)'";
        var isOff = $"(gt(T,PREV_INT+{Text(sound.LongestGap + Back)})+lt(T,PREV_INT-{Text(Back)}))";
        var time = $"if({(jumps ? "eq(ld(0),ld(3))*" : "")}{isOff},ld(2),PTS+({shift})/TB)";
        if (sound.ChangesRate)
        {
            const double same = 0.0005;
            var begins = sound.Lengths.Skip(1).Select(length => $"lt(abs(T-{Text(sound.First * length / sound.Lengths[0])}),{Text(same)})");
            time =
                $"if(eq(N,0)*gt(abs(T-{Text(sound.First)}),{Text(same)})*({string.Join('+', begins)}),({Text(
                    sound.First)}+({shift}))/TB,{time})";
        }
        return $"'{count}st(1,{time});st(2,ld(1)+S/SR/TB);round(ld(1))'";
    }

    private static string Shifts(IReadOnlyList<Stretch> stretches, double zero) =>
        Balanced(
            '+',
            [
                .. stretches.Skip(1).Select((next, i) => $"gte(ld(0),{i + 1})*({Text(next.Shift - stretches[i].Shift)})"),
                $"({Text(stretches[0].Shift - zero)})",
            ]);

    /// <summary>
    /// Parts in a row, in parentheses by halves: ffmpeg refuses expressions of more than about 100 levels, of which a plain row has one for
    /// each part.
    /// </summary>
    private static string Balanced(char sign, ReadOnlySpan<string> parts) => parts.Length == 1
        ? parts[0]
        : $"({Balanced(sign, parts[..(parts.Length / 2)])}{sign}{Balanced(sign, parts[(parts.Length / 2)..])})";

    private static string Count(IReadOnlyList<Stretch> stretches)
    {
        var isPlaced = stretches.Skip(1).All(stretch => stretch.Position is not null);
        // The first stretch from the present one on that the time fits; where it fits none, the present one.
        var present = isPlaced ? "ld(0)" : $"min(ld(0)+lt(T,PREV_INT-{Text(Back)}),{stretches.Count - 1})";
        string[] fitting = [.. stretches.Select((stretch, i) =>
            $"if(gte({i},ld(4))*between(T,{Text(stretch.First - Near)},{Text(stretch.End + Near)}),st(5,{i}),0)").Reverse()];
        var byTime = $"st(4,{present});st(5,ld(4));{Balanced(';', fitting)};ld(5)";
        return isPlaced
            ? $"if(isnan(POS),{byTime},{Balanced('+', [.. stretches.Skip(1).Select(stretch => $"gte(POS,{stretch.Position})")])})"
            : byTime;
    }

    private static string Text(double seconds) => seconds.ToString("0.#########", CultureInfo.InvariantCulture);
}

/// <summary>What the packets of a sound tell, which keeps frames that ffmpeg misplaces in their place.</summary>
/// <param name="First">The first time on the file's clock, seconds.</param>
/// <param name="LongestGap">The longest time between two, seconds, jumps of the clock apart.</param>
/// <param name="Lengths">
/// How long they are, in the order in which lengths first come, seconds: for codecs whose packets have a constant number of samples.
/// </param>
internal sealed record AudioPackets(
    [property: JsonInclude] double First, [property: JsonInclude] double LongestGap, [property: JsonInclude] IReadOnlyList<double> Lengths)
{
    /// <summary>Whether the rate of the samples changes within the file.</summary>
    [JsonIgnore]
    internal bool ChangesRate => Lengths.Count > 1;
}
