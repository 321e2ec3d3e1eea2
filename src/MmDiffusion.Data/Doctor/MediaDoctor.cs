using MmDiffusion.Data.Indexing;
using MmDiffusion.Primitives;

namespace MmDiffusion.Data.Doctor;

/// <summary>
/// Looks for what is wrong with data sets: every file is decoded once, and what was seen is kept like <see cref="MediaIndex"/>.
/// </summary>
public static class MediaDoctor
{
    private const int Version = 3;

    /// <summary>Examines a training set, alone or together with a held-out set.</summary>
    /// <param name="training">The training set.</param>
    /// <param name="heldOut">The held-out set; null for none.</param>
    /// <param name="shape">The clips that will be wanted.</param>
    /// <param name="progress">Told of each file, one at a time, from any thread; null for nobody.</param>
    /// <param name="cancellation">Stops at once; what was seen is kept.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static DoctorReport Examine(
        MediaIndex training,
        MediaIndex? heldOut,
        ClipShape shape,
        Action<DataProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        shape.Validate();
        var sets = new[] { (Index: training, HeldOut: false) }.Concat(heldOut is null ? [] : [(Index: heldOut, HeldOut: true)]);
        var files = sets.SelectMany(set => Take(set.Index, set.HeldOut, progress, cancellation)).ToList();
        var findings = files.SelectMany(file => Checks.Of(file, shape)).Concat(Duplicates.Of(files, cancellation));
        return new DoctorReport(files.Count, [.. findings
            .OrderByDescending(finding => finding.IsError)
            .ThenBy(finding => finding.HeldOut)
            .ThenBy(finding => finding.Path, StringComparer.Ordinal)
            .ThenBy(finding => finding.Kind)]);
    }

    private static IEnumerable<ProbedFile> Take(
        MediaIndex index,
        bool heldOut,
        Action<DataProgress>? progress,
        CancellationToken cancellation)
    {
        using var facts = new FileFacts<Fingerprint>(index.Folder, $"doctor{index.Streams.Suffix()}", Version);
        var prints = index.Files.Select(file => facts.Find(file.Path)).ToArray();
        var missing = Enumerable.Range(0, prints.Length).Where(i => prints[i] is null && index.Files[i].Media is not null).ToList();
        ParallelWork.ForEach(missing, Look, progress, cancellation);
        facts.Compact();
        return index.Files.Select((file, i) => new ProbedFile(file, prints[i] ?? new Fingerprint(), heldOut));

        void Look(int i)
        {
            prints[i] = Fingerprinting.Take(index.Files[i].Media!, cancellation);
            facts.Add(index.Files[i].Path, prints[i]!);
        }
    }
}

/// <summary>What <see cref="MediaDoctor"/> found.</summary>
/// <param name="Files">How many files were looked at.</param>
/// <param name="Findings">Errors first, then by file.</param>
public sealed record DoctorReport(int Files, IReadOnlyList<Finding> Findings)
{
    /// <summary>How many findings are errors.</summary>
    public int Errors => Findings.Count(finding => finding.IsError);

    /// <summary>How many findings are for people to judge.</summary>
    public int Warnings => Findings.Count - Errors;
}

/// <summary>A file that is examined.</summary>
internal sealed record ProbedFile(IndexedFile File, Fingerprint Fingerprint, bool HeldOut)
{
    internal Finding Finding(FindingKind kind, FormattableString detail, string? other = null) =>
        new(File.Path, kind, FormattableString.Invariant(detail), other) { HeldOut = HeldOut };
}
