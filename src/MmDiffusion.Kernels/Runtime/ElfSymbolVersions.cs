using System.Buffers.Binary;
using System.Text;

namespace MmDiffusion.Kernels.Runtime;

/// <summary>
/// The symbol versions that a 64-bit little-endian ELF library asks of other libraries (section <c>.gnu.version_r</c>).
/// A required version that the system's library lacks stops the dynamic linker, even where no symbol needs it; marked weak, it does not.
/// </summary>
/// <remarks>Layouts are those of the ELF-64 object file format and of the symbol versioning part of the Linux Standard Base.</remarks>
internal sealed class ElfSymbolVersions
{
    private const uint SectionDynamicSymbols = 11;
    private const uint SectionVersionNeeds = 0x6ffffffe;
    private const uint SectionSymbolVersions = 0x6fffffff;
    private const ushort WeakFlag = 2;
    private const ushort VersionMask = 0x7fff;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;

    private readonly byte[] _image;
    private readonly List<Section> _sections;

    /// <summary>Reads a library.</summary>
    /// <param name="image">The whole file; <see cref="MakeWeak"/> changes it in place.</param>
    /// <exception cref="InvalidDataException">Not a 64-bit little-endian ELF file, or cut short.</exception>
    internal ElfSymbolVersions(byte[] image)
    {
        ReadOnlySpan<byte> header = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1];
        if (!image.AsSpan().StartsWith(header)) throw new InvalidDataException("not a 64-bit little-endian ELF library");
        _image = image;
        _sections = ReadSections();
    }

    /// <summary>Names of the undefined symbols bound to one required version.</summary>
    /// <exception cref="InvalidDataException">The tables point outside the file.</exception>
    internal IReadOnlyList<string> SymbolsOf(string version)
    {
        var indexes = Needs().Where(need => need.Name == version).Select(need => need.Index).ToHashSet();
        var symbols = _sections.Find(section => section.Type == SectionDynamicSymbols);
        var versions = _sections.Find(section => section.Type == SectionSymbolVersions);
        if (symbols is null || versions is null || indexes.Count == 0) return [];
        var names = new List<string>();
        for (ulong i = 0; i < symbols.Size / SymbolSize; i++)
        {
            if (indexes.Contains((ushort)(U16(versions.Offset + 2 * i) & VersionMask)))
                names.Add(Text(symbols.Link, U32(symbols.Offset + SymbolSize * i)));
        }
        return names;
    }

    /// <summary>Marks a required version as weak wherever it is required.</summary>
    /// <returns>How many entries were changed.</returns>
    /// <exception cref="InvalidDataException">The tables point outside the file; nothing was changed.</exception>
    internal int MakeWeak(string version)
    {
        var matching = Needs().Where(need => need.Name == version).ToList();
        foreach (var need in matching)
            BinaryPrimitives.WriteUInt16LittleEndian(_image.AsSpan((int)need.FlagsOffset), (ushort)(U16(need.FlagsOffset) | WeakFlag));
        return matching.Count;
    }

    /// <summary>Every required version, in the order of the file, and whether it is weak.</summary>
    internal IReadOnlyList<(string Name, bool Weak)> Required() => [.. Needs().Select(need =>
        (need.Name, (U16(need.FlagsOffset) & WeakFlag) != 0))];

    private List<Section> ReadSections()
    {
        var table = U64(0x28);
        int entrySize = U16(0x3a), count = U16(0x3c);
        if (count > 0 && entrySize < SectionHeaderSize)
            throw new InvalidDataException($"the ELF section headers have {entrySize} bytes, expected {SectionHeaderSize}");
        var sections = new List<Section>();
        for (var i = 0; i < count; i++)
        {
            var at = table + (ulong)(i * entrySize);
            sections.Add(new Section(U32(at + 4), U64(at + 0x18), U64(at + 0x20), U32(at + 0x28), U32(at + 0x2c)));
        }
        return sections;
    }

    private IEnumerable<Need> Needs()
    {
        foreach (var section in _sections.Where(section => section.Type == SectionVersionNeeds))
        {
            var file = section.Offset;
            for (uint f = 0; f < section.Info; f++)
            {
                var entry = file + U32(file + 8);
                for (var e = 0; e < U16(file + 2); e++)
                {
                    yield return new Need(Text(section.Link, U32(entry + 8)), (ushort)(U16(entry + 6) & VersionMask), entry + 4);
                    if (U32(entry + 12) is not (> 0 and var toNext)) break;
                    entry += toNext;
                }
                if (U32(file + 12) is not (> 0 and var toNextFile)) break;
                file += toNextFile;
            }
        }
    }

    private string Text(uint table, uint offset)
    {
        if (table >= _sections.Count) throw Broken();
        var start = Checked(_sections[(int)table].Offset + offset, 1);
        var length = _image.AsSpan(start).IndexOf((byte)0);
        return length < 0 ? throw Broken() : Encoding.ASCII.GetString(_image, start, length);
    }

    private ushort U16(ulong at) => BinaryPrimitives.ReadUInt16LittleEndian(_image.AsSpan(Checked(at, sizeof(ushort))));

    private uint U32(ulong at) => BinaryPrimitives.ReadUInt32LittleEndian(_image.AsSpan(Checked(at, sizeof(uint))));

    private ulong U64(ulong at) => BinaryPrimitives.ReadUInt64LittleEndian(_image.AsSpan(Checked(at, sizeof(ulong))));

    private int Checked(ulong at, int length) =>
        at <= (ulong)_image.Length && (ulong)length <= (ulong)_image.Length - at ? (int)at : throw Broken();

    private static InvalidDataException Broken() => new("the ELF library is cut short or its tables point outside the file");

    private sealed record Section(uint Type, ulong Offset, ulong Size, uint Link, uint Info);

    private sealed record Need(string Name, ushort Index, ulong FlagsOffset);
}

/// <summary>
/// Tells a library that was cut short, by a full disk for example: the dynamic linker would not refuse it but end the process.
/// </summary>
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
        if (end > (UInt128)file.Length)
            throw new InvalidDataException($"'{path}' is cut short: it has {file.Length} bytes and should have at least {end}");
    }
}
