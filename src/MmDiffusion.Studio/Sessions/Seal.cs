using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MmDiffusion.Studio.Storage;
using MmDiffusion.Studio.Studies;

namespace MmDiffusion.Studio.Sessions;

/// <summary>
/// Signs what the server gives away and wants back, with the study's secret: nothing need be remembered meanwhile, by any server.
/// </summary>
internal static class Seal
{
    /// <summary>The signature of a text for a purpose.</summary>
    internal static string Of(byte[] secret, string purpose, string text) => Base64Url.EncodeToString(Hash(secret, purpose, text));

    /// <summary>Whether a signature is that of a text; takes as long for a wrong one.</summary>
    internal static bool Fits(byte[] secret, string purpose, string text, string? seal) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Of(secret, purpose, text)), Encoding.UTF8.GetBytes(seal ?? ""));

    /// <summary>A number that only the server can know: 0 … <paramref name="upper"/> - 1.</summary>
    internal static int Number(byte[] secret, string purpose, string text, int upper) =>
        (int)(BitConverter.ToUInt32(Hash(secret, purpose, text)) % (uint)upper);

    // The purpose has no line break, so no two pairs of purpose and text look the same.
    private static byte[] Hash(byte[] secret, string purpose, string text) =>
        HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{purpose}\n{text}"));
}

/// <summary>Goes with a clip to the browser and comes back with the answer: proof of when the clip was fetched.</summary>
internal static class PlayTicket
{
    private const string Purpose = "play";

    /// <summary>Servers' clocks may differ a little.</summary>
    private const double ToleranceSeconds = 0.1;

    internal static string Issue(byte[] secret, string mediaId, long now) =>
        string.Create(CultureInfo.InvariantCulture, $"{now}.{Seal.Of(secret, Purpose, $"{mediaId} {now}")}");

    /// <summary>Whether enough time went by since a clip was fetched to play it to its end.</summary>
    internal static bool Proves(byte[] secret, string mediaId, string? ticket, long now, double seconds) =>
        ticket?.Split('.', 2) is [var time, var seal]
        && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var fetched)
        && Seal.Fits(secret, Purpose, string.Create(CultureInfo.InvariantCulture, $"{mediaId} {fetched}"), seal)
        && now - fetched >= (seconds - ToleranceSeconds) * 1000;
}

/// <summary>Goes with the consent form and comes back with it: however often the form is sent, it makes one rater.</summary>
internal static class Invitation
{
    private const int TokenLength = 22;

    /// <summary>A new invitation.</summary>
    internal static string Issue(StudyRow study) => Issue(study, RandomId.New());

    private static string Issue(StudyRow study, string nonce) => $"{nonce}.{Seal.Of(study.Secret, "invitation", nonce)}";

    /// <summary>The secret of the rater's link; null where the invitation is not ours.</summary>
    internal static string? Redeem(StudyRow study, string invitation) =>
        invitation.Split('.', 2) is [var nonce, var seal] && Seal.Fits(study.Secret, "invitation", nonce, seal)
            ? Seal.Of(study.Secret, "rater", nonce)[..TokenLength]
            : null;
}
