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

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A Python value that no weights need, and of which nothing is kept: a float, bytes, a set, a number beyond 64 bits.</summary>
internal sealed class PickleOpaque
{
    internal static PickleOpaque Instance { get; } = new();

    private PickleOpaque()
    {
    }
}

/// <summary>A Python dict, in order; as there, a key that is set again keeps its place and has the new value.</summary>
internal class PickleDictionary
{
    private OrderedDictionary<string, object?>? _named;

    /// <summary>The entries whose keys are text or whole numbers, in the order they were set.</summary>
    internal IReadOnlyList<KeyValuePair<string, object?>> Named => (IReadOnlyList<KeyValuePair<string, object?>>?)_named ?? [];

    internal void Set(object? key, object? value)
    {
        if ((key as string ?? (key is long number ? FormattableString.Invariant($"{number}") : null)) is not { } name) return;
        _named ??= new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        _named[name] = value;
    }

    internal void Add(PickleDictionary other)
    {
        if (ReferenceEquals(other, this)) return;
        foreach (var (key, value) in other.Named) Set(key, value);
    }
}

/// <summary>An object of any class, never made: its attributes and items by name, for weights that may be among them.</summary>
/// <param name="name">The class.</param>
internal sealed class PickleObject(string name) : PickleDictionary
{
    internal string Name => name;
}

/// <summary>
/// Something that a pickle may name: a function of ours that stands for Python's, or a plain value, which cannot be called.
/// </summary>
internal sealed record PickleGlobal(string Name, Func<object?[], object?>? Build);

/// <summary>The unpickler's stack with its marks.</summary>
internal sealed class PickleStack
{
    private readonly List<object?> _items = [];
    private readonly Stack<int> _marks = new();

    internal void Push(object? item) => _items.Add(item);

    internal void Mark() => _marks.Push(_items.Count);

    internal object? Pop()
    {
        if (_items.Count == Bottom) throw new PickleException("takes from an empty stack");
        var item = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        return item;
    }

    internal T Pop<T>(string expected) =>
        Pop() is T item ? item : throw new PickleException($"has something else where {expected} belongs");

    internal object? Peek() => _items.Count > Bottom ? _items[^1] : throw new PickleException("takes from an empty stack");

    internal T Peek<T>(string expected) =>
        Peek() is T item ? item : throw new PickleException($"has something else where {expected} belongs");

    internal object?[] PopToMark()
    {
        if (!_marks.TryPop(out var mark)) throw new PickleException("has no mark where one belongs");
        var items = new object?[_items.Count - mark];
        _items.CopyTo(mark, items, 0, items.Length);
        _items.RemoveRange(mark, items.Length);
        return items;
    }

    private int Bottom => _marks.TryPeek(out var mark) ? mark : 0;
}

/// <summary>A pickle that is damaged, or asks for something that is never done. The message completes "the pickle …".</summary>
internal sealed class PickleException(string message) : Exception(message);
