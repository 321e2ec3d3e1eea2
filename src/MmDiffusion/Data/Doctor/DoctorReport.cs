namespace MmDiffusion.Data;

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
