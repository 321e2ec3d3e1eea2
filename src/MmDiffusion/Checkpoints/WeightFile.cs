using System.Security.Cryptography;
using MmDiffusion.Media;
using MmDiffusion.Media.Files;

namespace MmDiffusion.Checkpoints;

/// <summary>Files of weights, whatever their format.</summary>
public static class WeightFile
{
    private static ReadOnlySpan<byte> Zip => "PK\u0003\u0004"u8;

    private const byte PickleProtocol = 0x80;
    private const int LargestOldProtocol = 5;
    private const int HeadLength = 64;
    private const int SafetensorsBrace = 8;

    /// <summary>Opens a safetensors file or a PyTorch checkpoint (zip or older), recognised by its content.</summary>
    /// <param name="path">The file.</param>
    /// <param name="section">
    /// The section to take: names of the dicts around its tensors, or whatever stands before their names, joined by dots
    /// (<c>ema.shadow</c>); null to choose the averaged weights, else what fits the network they are asked for.
    /// </param>
    /// <exception cref="MmDiffusionException">
    /// The file cannot be read, is of neither format, is damaged, or has no such section.
    /// </exception>
    public static IWeightSource Open(string path, string? section = null) => OpenStored(path, section);

    internal static StoredWeights OpenStored(string path, string? section) => Reading(path, () => Recognise(path) switch
    {
        WeightFormat.PyTorchZip => PyTorchZipFile.Open(path, section),
        WeightFormat.PyTorchLegacy => PyTorchLegacyFile.Open(path, section),
        _ => SafetensorsFile.Open(path, section),
    });

    /// <summary>The format of a file, by how it begins.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MmDiffusionException">The file cannot be read, or is of no known format.</exception>
    public static WeightFormat FormatOf(string path) => Reading(path, () => Recognise(path));

    /// <summary>The SHA-256 of a file in hexadecimal.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MmDiffusionException">The file cannot be read.</exception>
    public static string Digest(string path) => Reading(path, () =>
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    });

    private static T Reading<T>(string path, Func<T> read)
    {
        InputFile.Require(path);
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MmDiffusionException($"cannot read '{path}': {exception.Message}", exception);
        }
    }

    private static WeightFormat Recognise(string path)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        using (var file = File.OpenRead(path)) head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        // First, since the length before the brace may be any bytes, a pickle's signature among them.
        if (head.Length > SafetensorsBrace && head[SafetensorsBrace] == (byte)'{') return WeightFormat.Safetensors;
        if (head.StartsWith(Zip)) return WeightFormat.PyTorchZip;
        if (head.Length > 1 && head[0] == PickleProtocol && head[1] <= LargestOldProtocol) return WeightFormat.PyTorchLegacy;
        if (head.StartsWith("version https://git-lfs"u8))
            throw new MmDiffusionException(
                $"'{path}' is a pointer of git-lfs and not the weights themselves; get them with 'git lfs pull', "
                + "or from the page where they are published");
        if (head.StartsWith("<"u8))
            throw new MmDiffusionException(
                $"'{path}' is a web page and not a checkpoint; the address was that of a page about it, "
                + "or asked for a login: get the file itself");
        if (head.Length > 0 && path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)) return WeightFormat.Safetensors;
        throw new MmDiffusionException(
            $"'{path}' is neither a safetensors file nor a PyTorch checkpoint: it "
            + $"{(head.IsEmpty ? "is empty" : "starts with neither's signature")}; expected a .safetensors or .pt file");
    }
}

/// <summary>How a file stores weights.</summary>
public enum WeightFormat
{
    /// <summary>A JSON header, then the bytes of each tensor.</summary>
    Safetensors,

    /// <summary>A zip of a pickle and of the tensors' bytes, as PyTorch writes since 1.6.</summary>
    PyTorchZip,

    /// <summary>Pickles and bytes one after the other, as PyTorch wrote before.</summary>
    PyTorchLegacy,
}
