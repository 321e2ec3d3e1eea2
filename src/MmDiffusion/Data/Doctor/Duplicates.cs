namespace MmDiffusion.Data;

/// <summary>What only several files together tell: which have the same content.</summary>
internal static class Duplicates
{
    internal static IEnumerable<Finding> Of(IReadOnlyList<Patient> patients, CancellationToken cancellation)
    {
        // Of files with the same bytes, the first stands for all in the search for likeness.
        var groups = patients.Where(patient => patient.File.Digest is not null).GroupBy(patient => patient.File.Digest, StringComparer.Ordinal).Select(group => group.ToList()).ToList();
        var seen = groups.Where(group => group[0].File.Media is { HasVideo: true } && group[0].Fingerprint.Failure is null).ToList();
        return groups.SelectMany(Exact).Concat(LikenessSearch.Find([.. seen.Select(group => group[0].Fingerprint)], cancellation)
            .SelectMany(likeness => Near(seen[likeness.A], seen[likeness.B], likeness)));
    }

    private static IEnumerable<Finding> Exact(List<Patient> group)
    {
        foreach (var set in group.GroupBy(patient => patient.HeldOut))
            foreach (var copy in set.Skip(1)) yield return copy.Finding(FindingKind.ExactDuplicate, $"the same bytes", set.First().File.Path);
        foreach (var finding in Shared(group, group, $"the same bytes")) yield return finding;
    }

    private static IEnumerable<Finding> Near(List<Patient> a, List<Patient> b, Likeness likeness)
    {
        var (fromA, fromB) = (Detail(likeness.StartA, likeness.StartB), Detail(likeness.StartB, likeness.StartA));
        var shared = Shared(a, b, fromA).Concat(Shared(b, a, fromB)).ToList();
        foreach (var finding in shared) yield return finding;
        foreach (var heldOut in new[] { false, true })
        {
            if (a.Find(patient => patient.HeldOut == heldOut) is { } first && b.Find(patient => patient.HeldOut == heldOut) is { } second)
                yield return second.Finding(FindingKind.NearDuplicate, fromB, first.File.Path);
        }

        FormattableString Detail(double start, double other) => $"{likeness.Seconds:0.##} s look and sound the same, from {start:0.##} s and from {other:0.##} s of the other";
    }

    /// <summary>Every training file of the one group, for each is a way in which the other group's held-out file is learned.</summary>
    private static IEnumerable<Finding> Shared(List<Patient> training, List<Patient> heldOut, FormattableString detail) =>
        heldOut.Find(patient => patient.HeldOut) is { } other
            ? training.Where(patient => !patient.HeldOut).Select(patient => patient.Finding(FindingKind.Shared, detail, other.File.Path))
            : [];
}
