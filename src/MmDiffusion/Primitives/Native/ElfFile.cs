using System.Buffers.Binary;

namespace MmDiffusion.Primitives;

/// <summary>Tells a library that was cut short, by a full disk for example: the dynamic linker would not refuse it but end the process.</summary>
internal static class ElfFile
{
    private const int HeaderSize = 64;

    /// <summary>Compares the end of the section headers, which stand last in a file, with its length. Reads 64 bytes.</summary>
    /// <exception cref="InvalidDataException">The file is not a 64-bit ELF library, or ends too early.</exception>
    internal static void ThrowIfCutShort(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> header = stackalloc byte[HeaderSize];
        if (file.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize || !header.StartsWith("\u007fELF"u8))
            throw new InvalidDataException($"'{path}' is not a library of this system");
        var end = (UInt128)BinaryPrimitives.ReadUInt64LittleEndian(header[0x28..])
            + (uint)BinaryPrimitives.ReadUInt16LittleEndian(header[0x3a..]) * BinaryPrimitives.ReadUInt16LittleEndian(header[0x3c..]);
        if (end > (UInt128)file.Length) throw new InvalidDataException($"'{path}' is cut short: it has {file.Length} bytes and should have at least {end}");
    }
}
