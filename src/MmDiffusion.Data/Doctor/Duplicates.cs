namespace MmDiffusion.Data.Doctor;

/// <summary>
/// What only several files together tell: which have the same content. Files that are all alike are one finding, for there are many more
/// pairs than files; what training shares with the held-out set is one of each training file.
/// </summary>
internal static class Duplicates
{
    internal static IEnumerable<Finding> Of(IReadOnlyList<ProbedFile> files, CancellationToken cancellation)
    {
        // Of files with the same bytes, the first stands for all in the search for match.
        var groups = files.Where(file => file.File.Digest is not null)
            .GroupBy(file => file.File.Digest, StringComparer.Ordinal)
            .Select(group => group.ToList())
            .ToList();
        var seen = groups.Where(group => group[0].File.Media is { HasVideo: true } && group[0].Fingerprint.Failure is null).ToList();
        var matches = NearDuplicateSearch.Find([.. seen.Select(group => group[0].Fingerprint)], cancellation);
        return [
            .. groups.SelectMany(Exact),
            .. Near(seen, matches, heldOut: false),
            .. Near(seen, matches, heldOut: true),
            .. Shared(groups, seen, matches),
        ];
    }

    private static IEnumerable<Finding> Exact(List<ProbedFile> group)
    {
        foreach (var set in group.GroupBy(file => file.HeldOut).Select(set => set.ToList()).Where(set => set.Count > 1))
            yield return set[1].Finding(FindingKind.ExactDuplicate, $"the same bytes", set[0].File.Path) with
            {
                More = [.. set.Skip(2).Select(copy => copy.File.Path)],
            };
    }

    /// <summary>Groups of files of one set that look and sound alike, each like at least one other of its group.</summary>
    private static IEnumerable<Finding> Near(List<List<ProbedFile>> seen, IReadOnlyList<NearDuplicate> matches, bool heldOut)
    {
        var file = seen.Select(group => group.Find(file => file.HeldOut == heldOut)).ToList();
        var own = matches.Where(match => file[match.A] is not null && file[match.B] is not null).ToList();
        foreach (var group in Connected(own))
        {
            var members = group.SelectMany(match => new[] { match.A, match.B }).Distinct().Order().Select(member => file[member]!).ToList();
            if (members.Count == 2)
            {
                yield return members[1].Finding(FindingKind.NearDuplicate, Detail(group[0], ofB: true), members[0].File.Path);
                continue;
            }
            var (least, most) = (group.Min(match => match.Seconds), group.Max(match => match.Seconds));
            yield return members[1].Finding(
                FindingKind.NearDuplicate,
                $"{members.Count} files, each of which looks and sounds like another of them for {least:0.##} to {most:0.##} s",
                members[0].File.Path) with
            {
                More = [.. members.Skip(2).Select(member => member.File.Path)],
            };
        }
    }

    /// <summary>Every training file that has something of a held-out file, with the held-out file that it has most of.</summary>
    private static IEnumerable<Finding> Shared(
        List<List<ProbedFile>> groups,
        List<List<ProbedFile>> seen,
        IReadOnlyList<NearDuplicate> matches)
    {
        var found = new Dictionary<ProbedFile, (double Seconds, ProbedFile HeldOut, FormattableString Detail)>(
            ReferenceEqualityComparer.Instance);
        foreach (var group in groups) Add(group, group, double.PositiveInfinity, $"the same bytes");
        foreach (var match in matches)
        {
            Add(seen[match.A], seen[match.B], match.Seconds, Detail(match, ofB: false));
            Add(seen[match.B], seen[match.A], match.Seconds, Detail(match, ofB: true));
        }
        return found.Select(entry => entry.Key.Finding(FindingKind.Shared, entry.Value.Detail, entry.Value.HeldOut.File.Path));

        void Add(List<ProbedFile> training, List<ProbedFile> heldOut, double seconds, FormattableString detail)
        {
            if (heldOut.Find(file => file.HeldOut) is not { } other) return;
            foreach (var file in training.Where(file => !file.HeldOut))
                if (!found.TryGetValue(file, out var before) || before.Seconds < seconds) found[file] = (seconds, other, detail);
        }
    }

    /// <summary>NearDuplicates that hang together by files that they have in common.</summary>
    private static IEnumerable<List<NearDuplicate>> Connected(List<NearDuplicate> matches)
    {
        var above = new Dictionary<int, int>();
        foreach (var match in matches) above[Root(match.B)] = Root(match.A);
        return matches.GroupBy(match => Root(match.A)).Select(group => group.ToList());

        int Root(int file)
        {
            while (above.TryGetValue(file, out var next) && next != file) (above[file], file) = (above.GetValueOrDefault(next, next), next);
            return file;
        }
    }

    private static FormattableString Detail(NearDuplicate match, bool ofB)
    {
        var (start, other) = ofB ? (match.StartB, match.StartA) : (match.StartA, match.StartB);
        return $"{match.Seconds:0.##} s look and sound the same, from {start:0.##} s and from {other:0.##} s of the other";
    }
}

/// <summary>Two files that show and sound the same for a while.</summary>
/// <param name="A">Number of one file.</param>
/// <param name="B">Number of the other, larger.</param>
/// <param name="StartA">Where it begins in one, seconds.</param>
/// <param name="StartB">Where it begins in the other, seconds.</param>
/// <param name="Seconds">How long it lasts.</param>
internal sealed record NearDuplicate(int A, int B, double StartA, double StartB, double Seconds);
