using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MmDiffusion.Studio.Studies;

/// <summary>Names that cannot be guessed and tell nothing.</summary>
internal static class RandomId
{
    private const int Bytes = 16;

    /// <summary>128 random bits as 22 characters that need no escape in a URL.</summary>
    internal static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>A code of 10 characters that people can read to each other: no 0, O, 1, I or L.</summary>
    internal static string NewCode() => RandomNumberGenerator.GetString("ABCDEFGHJKMNPQRSTUVWXYZ23456789", 10);

    /// <summary>What is stored of a secret, so that who reads the database cannot use it.</summary>
    internal static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Whether a text could have come from <see cref="New"/>: everything else need not be looked up.</summary>
    internal static bool IsWellFormed(string? text) =>
        text is { Length: 22 } && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');
}
