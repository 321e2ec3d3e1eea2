namespace MmDiffusion.Data.Doctor;

/// <summary>
/// What only several files together tell: which have the same content. Files that are all alike are one finding, for there are many more
/// pairs than files; what training shares with the held-out set is one of each training file.
/// </summary>
internal static class Duplicates
{
    internal static IEnumerable<Finding> Of(IReadOnlyList<Patient> patients, CancellationToken cancellation)
    {
        // Of files with the same bytes, the first stands for all in the search for likeness.
        var groups = patients.Where(patient => patient.File.Digest is not null).GroupBy(patient => patient.File.Digest, StringComparer.Ordinal).Select(group => group.ToList()).ToList();
        var seen = groups.Where(group => group[0].File.Media is { HasVideo: true } && group[0].Fingerprint.Failure is null).ToList();
        var likenesses = LikenessSearch.Find([.. seen.Select(group => group[0].Fingerprint)], cancellation);
        return [.. groups.SelectMany(Exact), .. Near(seen, likenesses, heldOut: false), .. Near(seen, likenesses, heldOut: true), .. Shared(groups, seen, likenesses)];
    }

    private static IEnumerable<Finding> Exact(List<Patient> group)
    {
        foreach (var set in group.GroupBy(patient => patient.HeldOut).Select(set => set.ToList()).Where(set => set.Count > 1))
            yield return set[1].Finding(FindingKind.ExactDuplicate, $"the same bytes", set[0].File.Path) with { More = [.. set.Skip(2).Select(copy => copy.File.Path)] };
    }

    /// <summary>Groups of files of one set that look and sound alike, each like at least one other of its group.</summary>
    private static IEnumerable<Finding> Near(List<List<Patient>> seen, IReadOnlyList<Likeness> likenesses, bool heldOut)
    {
        var file = seen.Select(group => group.Find(patient => patient.HeldOut == heldOut)).ToList();
        var own = likenesses.Where(likeness => file[likeness.A] is not null && file[likeness.B] is not null).ToList();
        foreach (var group in Connected(own))
        {
            var members = group.SelectMany(likeness => new[] { likeness.A, likeness.B }).Distinct().Order().Select(member => file[member]!).ToList();
            if (members.Count == 2)
            {
                yield return members[1].Finding(FindingKind.NearDuplicate, Detail(group[0], ofB: true), members[0].File.Path);
                continue;
            }
            var (least, most) = (group.Min(likeness => likeness.Seconds), group.Max(likeness => likeness.Seconds));
            yield return members[1].Finding(FindingKind.NearDuplicate, $"{members.Count} files, each of which looks and sounds like another of them for {least:0.##} to {most:0.##} s", members[0].File.Path) with
            {
                More = [.. members.Skip(2).Select(member => member.File.Path)],
            };
        }
    }

    /// <summary>Every training file that has something of a held-out file, with the held-out file that it has most of.</summary>
    private static IEnumerable<Finding> Shared(List<List<Patient>> groups, List<List<Patient>> seen, IReadOnlyList<Likeness> likenesses)
    {
        var found = new Dictionary<Patient, (double Seconds, Patient HeldOut, FormattableString Detail)>(ReferenceEqualityComparer.Instance);
        foreach (var group in groups) Add(group, group, double.PositiveInfinity, $"the same bytes");
        foreach (var likeness in likenesses)
        {
            Add(seen[likeness.A], seen[likeness.B], likeness.Seconds, Detail(likeness, ofB: false));
            Add(seen[likeness.B], seen[likeness.A], likeness.Seconds, Detail(likeness, ofB: true));
        }
        return found.Select(entry => entry.Key.Finding(FindingKind.Shared, entry.Value.Detail, entry.Value.HeldOut.File.Path));

        void Add(List<Patient> training, List<Patient> heldOut, double seconds, FormattableString detail)
        {
            if (heldOut.Find(patient => patient.HeldOut) is not { } other) return;
            foreach (var patient in training.Where(patient => !patient.HeldOut))
                if (!found.TryGetValue(patient, out var before) || before.Seconds < seconds) found[patient] = (seconds, other, detail);
        }
    }

    /// <summary>Likenesses that hang together by files that they have in common.</summary>
    private static IEnumerable<List<Likeness>> Connected(List<Likeness> likenesses)
    {
        var above = new Dictionary<int, int>();
        foreach (var likeness in likenesses) above[Root(likeness.B)] = Root(likeness.A);
        return likenesses.GroupBy(likeness => Root(likeness.A)).Select(group => group.ToList());

        int Root(int file)
        {
            while (above.TryGetValue(file, out var next) && next != file) (above[file], file) = (above.GetValueOrDefault(next, next), next);
            return file;
        }
    }

    private static FormattableString Detail(Likeness likeness, bool ofB)
    {
        var (start, other) = ofB ? (likeness.StartB, likeness.StartA) : (likeness.StartA, likeness.StartB);
        return $"{likeness.Seconds:0.##} s look and sound the same, from {start:0.##} s and from {other:0.##} s of the other";
    }
}

/// <summary>Two files that show and sound the same for a while.</summary>
/// <param name="A">Number of one file.</param>
/// <param name="B">Number of the other, larger.</param>
/// <param name="StartA">Where it begins in one, seconds.</param>
/// <param name="StartB">Where it begins in the other, seconds.</param>
/// <param name="Seconds">How long it lasts.</param>
internal sealed record Likeness(int A, int B, double StartA, double StartB, double Seconds);
