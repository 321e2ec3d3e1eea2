using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MmDiffusion.Studio.Sessions;

/// <summary>Signs what the server gives away and wants back, with the study's secret: nothing need be remembered meanwhile, by any server.</summary>
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
    private static byte[] Hash(byte[] secret, string purpose, string text) => HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{purpose}\n{text}"));
}
