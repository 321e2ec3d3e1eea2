using System.Numerics;

namespace MmDiffusion.Data.Doctor;

/// <summary>
/// Finds files that share content, at any shift in time, without comparing every two: frames whose hashes agree in one of several groups of
/// bits make a pair and a shift a candidate, which is then compared frame by frame and by the course of its loudness.
/// </summary>
internal sealed class NearDuplicateSearch
{
    /// <summary>Groups of 24 bits: a re-encoded frame differs in a few of 64, so that some group is often untouched.</summary>
    private static readonly int[] Rotations = [0, 16, 32, 48];

    /// <summary>Frames that so many have in common, such as title cards, do not tell files apart.</summary>
    private const int MostAlike = 64;

    private const int LeastTicks = 6;
    private const double MostBits = 10;
    private const double LeastCorrelation = 0.7;

    /// <summary>A copy's sound may have moved by so much against its picture, where there is enough of it to tell.</summary>
    private const int MostAudioLag = 2;
    private const int LeastTicksToLag = 12;

    /// <summary>Decibels below which loudness is called constant.</summary>
    private const double ConstantLoudness = 1.5;

    private readonly IReadOnlyList<Fingerprint> _files;
    private readonly Dictionary<uint, List<(int File, int Tick)>>[] _buckets = [.. Rotations.Select(_ =>
        new Dictionary<uint, List<(int, int)>>())];

    private NearDuplicateSearch(IReadOnlyList<Fingerprint> files) => _files = files;

    /// <summary>Finds the longest match of each pair of files that has one.</summary>
    internal static IReadOnlyList<NearDuplicate> Find(IReadOnlyList<Fingerprint> files, CancellationToken cancellation)
    {
        var search = new NearDuplicateSearch(files);
        var found = new List<NearDuplicate>();
        for (var file = 0; file < files.Count; file++)
        {
            cancellation.ThrowIfCancellationRequested();
            // File by file, for there can be more candidates of all files together than memory holds.
            found.AddRange(search.Candidates(file)
                .Select(candidate => search.Compare(candidate.Other, file, candidate.Shift))
                .OfType<NearDuplicate>()
                .GroupBy(match => match.A)
                .Select(pair => pair.MaxBy(match => match.Seconds)!));
        }
        return [.. found.OrderBy(match => match.A).ThenBy(match => match.B)];
    }

    /// <summary>Files before this one, with the ticks by which it is later than they are. From then on, it is one of them.</summary>
    private HashSet<(int Other, int Shift)> Candidates(int file)
    {
        var candidates = new HashSet<(int, int)>();
        var hashes = _files[file].Hashes;
        for (var tick = 0; tick < hashes.Length; tick++)
        {
            // Of a picture that stands, the first frame is enough.
            if (hashes[tick] == 0 || (tick > 0 && hashes[tick] == hashes[tick - 1])) continue;
            foreach (var (rotation, buckets) in Rotations.Zip(_buckets))
            {
                var key = (uint)(BitOperations.RotateRight(hashes[tick], rotation) & 0xffffff);
                if (!buckets.TryGetValue(key, out var bucket)) buckets[key] = bucket = [];
                if (bucket.Count >= MostAlike) continue;
                foreach (var (other, at) in bucket) if (other != file) candidates.Add((other, tick - at));
                bucket.Add((file, tick));
            }
        }
        return candidates;
    }

    /// <summary>Compares what two files have at the same time, one of them shifted.</summary>
    private NearDuplicate? Compare(int a, int b, int shift)
    {
        var (first, second) = (_files[a], _files[b]);
        var (start, end) = (Math.Max(0, -shift), Math.Min(first.Hashes.Length, second.Hashes.Length - shift));
        if (end - start < LeastTicks) return null;
        var (bits, compared) = (0, 0);
        for (var tick = start; tick < end; tick++)
        {
            var (x, y) = (first.Hashes[tick], second.Hashes[tick + shift]);
            if (x == 0 && y == 0) continue;
            bits += BitOperations.PopCount(x ^ y);
            compared++;
        }
        if (compared < LeastTicks / 2 || bits > MostBits * compared) return null;
        return SoundsAlike(first.Loudness.AsSpan(start, end - start), second.Loudness.AsSpan(start + shift, end - start))
            ? new NearDuplicate(a, b, Seconds(start), Seconds(start + shift), Seconds(end - start))
            : null;
    }

    private static bool SoundsAlike(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var (x, y) = (new double[a.Length], new double[b.Length]);
        for (var i = 0; i < a.Length; i++) (x[i], y[i]) = (a[i], b[i]);
        // A steady tone, or silence in both, has no course to compare.
        if (Spread(x) < ConstantLoudness && Spread(y) < ConstantLoudness) return true;
        var most = a.Length < LeastTicksToLag ? 0 : MostAudioLag;
        return Enumerable.Range(-most, 2 * most + 1).Any(lag => Correlation.At(x, y, lag) >= LeastCorrelation);
    }

    private static double Spread(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static double Seconds(int ticks) => (double)ticks / Fingerprint.TicksPerSecond;
}
