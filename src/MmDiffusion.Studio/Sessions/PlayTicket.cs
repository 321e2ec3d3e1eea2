using System.Globalization;

namespace MmDiffusion.Studio.Sessions;

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
