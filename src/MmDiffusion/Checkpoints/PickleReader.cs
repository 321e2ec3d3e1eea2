using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace MmDiffusion.Checkpoints;

/// <summary>The bytes of a pickle: fixed-size numbers, counted strings and lines, none of them beyond the end.</summary>
internal sealed class PickleReader(ReadOnlyMemory<byte> data)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>How far it was read.</summary>
    internal int Position { get; private set; }

    internal byte Byte() => Take(1)[0];

    internal int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    internal int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    internal long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    internal long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    internal double Float64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A whole number of up to 8 bytes in two's complement; the pickles of weights need no longer ones.</summary>
    internal long Long(long size)
    {
        var bytes = Take(size);
        if (bytes.Length > sizeof(long)) throw new PickleException($"has a whole number of {bytes.Length} bytes, expected at most 8");
        var value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1L : 0L;
        for (var i = bytes.Length - 1; i >= 0; i--) value = value << 8 | bytes[i];
        return value;
    }

    internal string Text(long size)
    {
        try
        {
            return Utf8.GetString(Take(size));
        }
        catch (DecoderFallbackException)
        {
            throw new PickleException("has text that is not UTF-8");
        }
    }

    internal byte[] Bytes(long size) => Take(size).ToArray();

    internal string Line()
    {
        var length = data.Span[Position..].IndexOf((byte)'\n');
        if (length < 0) throw new PickleException("is cut short");
        var line = Encoding.Latin1.GetString(Take(length));
        Position++;
        return line;
    }

    internal long LineNumber()
    {
        var line = Line().TrimEnd('L');
        return long.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new PickleException($"has '{line}' where a whole number belongs");
    }

    internal double LineFloat()
    {
        var line = Line();
        return double.TryParse(line, CultureInfo.InvariantCulture, out var value) ? value : throw new PickleException($"has '{line}' where a number belongs");
    }

    private ReadOnlySpan<byte> Take(long size)
    {
        if (size < 0 || size > data.Length - Position) throw new PickleException("is cut short");
        var taken = data.Span.Slice(Position, (int)size);
        Position += (int)size;
        return taken;
    }
}
