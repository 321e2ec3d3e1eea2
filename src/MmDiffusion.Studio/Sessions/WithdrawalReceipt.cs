using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Sessions;

/// <summary>
/// Goes with the form that deletes a rater and comes back with it: the same form sent again is answered alike, though nothing of the rater
/// is kept.
/// </summary>
internal static class WithdrawalReceipt
{
    private const string Purpose = "withdrawal";

    internal static string Issue(StudyRow study, string token) => $"{study.Id}.{Seal.Of(study.Secret, Purpose, token)}";

    /// <summary>The key of the study that a receipt names, whether or not it fits; null where it names none.</summary>
    internal static string? StudyOf(string receipt) =>
        receipt.Split('.', 2) is [var study, _] && RandomId.IsWellFormed(study) ? study : null;

    internal static bool Fits(StudyRow study, string token, string receipt) =>
        Seal.Fits(study.Secret, Purpose, token, receipt.Split('.', 2).ElementAtOrDefault(1));
}
