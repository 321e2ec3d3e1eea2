using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Sessions;

/// <summary>Goes with the consent form and comes back with it: however often the form is sent, it makes one rater.</summary>
internal static class Invitation
{
    private const int TokenLength = 22;

    /// <summary>A new invitation.</summary>
    internal static string Issue(StudyRow study) => Issue(study, RandomId.New());

    private static string Issue(StudyRow study, string nonce) => $"{nonce}.{Seal.Of(study.Secret, "invitation", nonce)}";

    /// <summary>The secret of the rater's link; null where the invitation is not ours.</summary>
    internal static string? Redeem(StudyRow study, string invitation) => invitation.Split('.', 2) is [var nonce, var seal] && Seal.Fits(study.Secret, "invitation", nonce, seal)
        ? Seal.Of(study.Secret, "rater", nonce)[..TokenLength]
        : null;
}
