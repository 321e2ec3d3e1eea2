using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace MmDiffusion.Checkpoints;

/// <summary>
/// The bytes of a pickle as they come: fixed-size numbers, counted strings and lines, none of them beyond the end. Never more than a part
/// is in memory, and long text and bytes, which no weights need, are passed over.
/// </summary>
/// <param name="source">The pickle, and perhaps more behind it; not owned.</param>
/// <param name="length">Bytes that <paramref name="source"/> should have.</param>
internal sealed class PickleReader(Stream source, long length)
{
    private const int LongestText = 1 << 16;

    private readonly byte[] _buffer = new byte[(int)Math.Clamp(length, 1, 1 << 16)];
    private int _at;
    private int _end;
    private long _taken;

    /// <summary>How far it was read.</summary>
    internal long Position => _taken - (_end - _at);

    internal byte Byte()
    {
        if (_at == _end) Refill();
        return _buffer[_at++];
    }

    internal int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(stackalloc byte[2]));

    internal int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(stackalloc byte[4]));

    internal long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(stackalloc byte[4]));

    internal long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(stackalloc byte[8]));

    internal void Float64() => Skip(8);

    /// <summary>A whole number in two's complement; null for one of more than 8 bytes, which no tensor has.</summary>
    internal long? Long(long size)
    {
        if (size is < 0 or > sizeof(long))
        {
            Skip(size);
            return null;
        }
        var bytes = Take(stackalloc byte[(int)size]);
        var value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1L : 0L;
        for (var i = bytes.Length - 1; i >= 0; i--) value = value << 8 | bytes[i];
        return value;
    }

    /// <summary>Text; null where it is too long for a name.</summary>
    internal string? Text(long size)
    {
        if (size is >= 0 and <= LongestText && size <= length - Position) return Encoding.UTF8.GetString(Take(new byte[size]));
        Skip(size);
        return null;
    }

    /// <summary>Passes over bytes.</summary>
    internal void Skip(long size)
    {
        if (size < 0 || size > length - Position) throw new PickleException("is cut short");
        while (size > 0)
        {
            if (_at == _end) Refill();
            var part = (int)Math.Min(size, _end - _at);
            _at += part;
            size -= part;
        }
    }

    internal string Line()
    {
        var line = new StringBuilder();
        while (Byte() is var next && next != '\n')
        {
            if (line.Length == LongestText) throw new PickleException($"has a line of more than {LongestText} characters");
            line.Append((char)next);
        }
        return line.ToString();
    }

    /// <summary>A whole number in text, or a truth value as protocol 0 writes it; null for a number beyond 64 bits.</summary>
    internal object? LineNumber()
    {
        var line = Line();
        if (line is "00" or "01") return line == "01";
        line = line.TrimEnd('L');
        if (long.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) return value;
        return line.Length > 0 && line.TrimStart('-').All(char.IsAsciiDigit)
            ? null
            : throw new PickleException($"has '{line}' where a whole number belongs");
    }

    private Span<byte> Take(Span<byte> target)
    {
        for (var rest = target; rest.Length > 0;)
        {
            if (_at == _end) Refill();
            var part = Math.Min(rest.Length, _end - _at);
            _buffer.AsSpan(_at, part).CopyTo(rest);
            _at += part;
            rest = rest[part..];
        }
        return target;
    }

    private void Refill()
    {
        (_at, _end) = (0, source.Read(_buffer, 0, (int)Math.Min(_buffer.Length, length - _taken)));
        _taken += _end;
        if (_end == 0) throw new PickleException("is cut short");
    }
}
