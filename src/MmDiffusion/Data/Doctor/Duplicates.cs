namespace MmDiffusion.Data;

/// <summary>What only several files together tell: which have the same content.</summary>
internal static class Duplicates
{
    internal static IEnumerable<Finding> Of(IReadOnlyList<Patient> patients, CancellationToken cancellation)
    {
        // Of files with the same bytes, the first stands for all in the search for likeness.
        var groups = patients.Where(patient => patient.File.Digest is not null).GroupBy(patient => patient.File.Digest, StringComparer.Ordinal).Select(group => group.ToList()).ToList();
        var exact = groups.SelectMany(group => group.Skip(1).Select(copy => Exact(group.Find(other => other.HeldOut != copy.HeldOut) ?? group[0], copy)));
        var firsts = groups.Select(group => group[0]).Where(patient => patient.File.Media is { HasVideo: true } && patient.Fingerprint.Failure is null).ToList();
        var near = LikenessSearch.Find([.. firsts.Select(patient => patient.Fingerprint)], cancellation)
            .Select(likeness => Near(firsts[likeness.A], firsts[likeness.B], likeness));
        return exact.Concat(near);
    }

    private static Finding Exact(Patient first, Patient copy) => first.HeldOut != copy.HeldOut
        ? Training(first, copy).Finding(FindingKind.Shared, $"the same bytes", HeldOut(first, copy).File.Path)
        : copy.Finding(FindingKind.ExactDuplicate, $"the same bytes", first.File.Path);

    private static Finding Near(Patient a, Patient b, Likeness likeness)
    {
        FormattableString detail = $"{likeness.Seconds:0.##} s look and sound the same, from {likeness.StartA:0.##} s and from {likeness.StartB:0.##} s of the other";
        FormattableString turned = $"{likeness.Seconds:0.##} s look and sound the same, from {likeness.StartB:0.##} s and from {likeness.StartA:0.##} s of the other";
        if (a.HeldOut != b.HeldOut) return Training(a, b).Finding(FindingKind.Shared, a.HeldOut ? turned : detail, HeldOut(a, b).File.Path);
        return b.Finding(FindingKind.NearDuplicate, turned, a.File.Path);
    }

    private static Patient Training(Patient a, Patient b) => a.HeldOut ? b : a;

    private static Patient HeldOut(Patient a, Patient b) => a.HeldOut ? a : b;
}
