using System.Buffers.Binary;
using System.Text;

namespace MmDiffusion.Primitives;

/// <summary>
/// The symbol versions that a 64-bit little-endian ELF library asks of other libraries (section <c>.gnu.version_r</c>).
/// A required version that the system's library lacks stops the dynamic linker, even where no symbol needs it; marked weak, it does not.
/// </summary>
internal sealed class ElfSymbolVersions
{
    private const uint SectionDynamicSymbols = 11;
    private const uint SectionVersionNeeds = 0x6ffffffe;
    private const uint SectionSymbolVersions = 0x6fffffff;
    private const ushort WeakFlag = 2;
    private const int SymbolSize = 24;

    private readonly byte[] _image;
    private readonly List<Section> _sections;

    /// <summary>Reads a library.</summary>
    /// <param name="image">The whole file; <see cref="MakeWeak"/> changes it in place.</param>
    /// <exception cref="InvalidDataException">Not a 64-bit little-endian ELF file.</exception>
    internal ElfSymbolVersions(byte[] image)
    {
        ReadOnlySpan<byte> header = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1];
        if (!image.AsSpan().StartsWith(header)) throw new InvalidDataException("not a 64-bit little-endian ELF library");
        _image = image;
        _sections = ReadSections();
    }

    /// <summary>Names of the undefined symbols bound to one required version.</summary>
    internal IReadOnlyList<string> SymbolsOf(string version)
    {
        var indexes = Needs().Where(need => need.Name == version).Select(need => need.Index).ToHashSet();
        var symbols = _sections.Find(section => section.Type == SectionDynamicSymbols);
        var versions = _sections.Find(section => section.Type == SectionSymbolVersions);
        if (symbols is null || versions is null) return [];
        var names = new List<string>();
        for (var i = 0; i < symbols.Size / SymbolSize; i++)
        {
            var index = (ushort)(U16(versions.Offset + 2 * i) & 0x7fff);
            if (indexes.Contains(index)) names.Add(Text(_sections[symbols.Link], U32(symbols.Offset + SymbolSize * i)));
        }
        return names;
    }

    /// <summary>Marks a required version as weak wherever it is required.</summary>
    /// <returns>How many entries were changed.</returns>
    internal int MakeWeak(string version)
    {
        var changed = 0;
        foreach (var need in Needs().Where(need => need.Name == version))
        {
            var flags = _image.AsSpan(need.FlagsOffset, 2);
            BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | WeakFlag));
            changed++;
        }
        return changed;
    }

    private List<Section> ReadSections()
    {
        var table = (int)U64(0x28);
        int entrySize = U16(0x3a), count = U16(0x3c);
        return [.. Enumerable.Range(0, count).Select(i => table + i * entrySize).Select(at =>
            new Section(U32(at + 4), (int)U64(at + 0x18), (int)U64(at + 0x20), (int)U32(at + 0x28), (int)U32(at + 0x2c)))];
    }

    private IEnumerable<Need> Needs()
    {
        foreach (var section in _sections.Where(section => section.Type == SectionVersionNeeds))
        {
            var file = section.Offset;
            for (var f = 0; f < section.Info; f++)
            {
                var entry = file + (int)U32(file + 8);
                for (var e = 0; e < U16(file + 2); e++)
                {
                    yield return new Need(Text(_sections[section.Link], U32(entry + 8)), (ushort)(U16(entry + 6) & 0x7fff), entry + 4);
                    entry += (int)U32(entry + 12);
                }
                file += (int)U32(file + 12);
            }
        }
    }

    private string Text(Section table, uint offset)
    {
        var tail = _image.AsSpan(table.Offset + (int)offset);
        return Encoding.ASCII.GetString(tail[..tail.IndexOf((byte)0)]);
    }

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_image.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_image.AsSpan(at));

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_image.AsSpan(at));

    private sealed record Section(uint Type, int Offset, int Size, int Link, int Info);

    private sealed record Need(string Name, ushort Index, int FlagsOffset);
}
