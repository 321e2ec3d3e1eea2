namespace MmDiffusion.Checkpoints;

/// <summary>
/// Reads the pickle of a checkpoint. It builds plain values and calls only the functions of <see cref="PickleGlobals"/>; objects of other
/// classes are kept by their names and never made, and what could run code is refused before anything could come of it. Memory is bounded
/// whatever the pickle says.
/// </summary>
/// <param name="data">The pickle, and perhaps more behind it; not owned.</param>
/// <param name="length">Bytes that <paramref name="data"/> should have.</param>
/// <param name="globals">What the pickle may name.</param>
/// <param name="storages">Turns a persistent id into what it stands for.</param>
internal sealed class Unpickler(Stream data, long length, PickleGlobals globals, Func<object?, object> storages)
{
    // What a value costs at least: its place on the stack. A checkpoint of 100,000 tensors needs less than a third.
    private const long ValueBytes = 8;
    private const long MostBytes = 96_000_000;
    private const long EntryBytes = 64;
    private const int ContainerBytes = 40;

    private static readonly object[] SmallNumbers = [.. Enumerable.Range(0, 1024).Select(number => (object)(long)number)];
    private static readonly object True = true;
    private static readonly object False = false;

    private readonly PickleReader _reader = new(data, length);
    private readonly PickleStack _stack = new();
    private readonly Dictionary<long, object?> _memo = [];
    private long _charged;

    /// <summary>How many bytes the pickle took.</summary>
    internal long Length => _reader.Position;

    /// <summary>Reads one value.</summary>
    /// <exception cref="PickleException">The pickle is damaged, or asks for something that is never done.</exception>
    internal object? Load()
    {
        while (true)
        {
            Charge(ValueBytes);
            var code = _reader.Byte();
            if (code == '.') return _stack.Pop();
            if (!Constant(code) && !Number(code) && !Text(code) && !Collection(code) && !Memory(code)) Object(code);
        }
    }

    private void Charge(long bytes)
    {
        _charged += bytes;
        if (_charged > MostBytes) throw new PickleException("holds more values than any checkpoint needs; save the state_dict alone");
    }

    private bool Constant(byte code)
    {
        switch (code)
        {
            case (byte)'N': _stack.Push(null); return true;
            case 0x88: _stack.Push(True); return true;
            case 0x89: _stack.Push(False); return true;
            case 0x80: _reader.Byte(); return true; // PROTO
            case 0x95: _reader.Int64(); return true; // FRAME
            default: return false;
        }
    }

    private bool Number(byte code)
    {
        switch (code)
        {
            case (byte)'J': PushNumber(_reader.Int32()); return true;
            case (byte)'K': PushNumber(_reader.Byte()); return true;
            case (byte)'M': PushNumber(_reader.UInt16()); return true;
            case (byte)'I' or (byte)'L': PushLineNumber(); return true;
            case 0x8a: PushNumber(_reader.Long(_reader.Byte())); return true;
            case 0x8b: PushNumber(_reader.Long(_reader.Int32())); return true;
            case (byte)'G': _reader.Float64(); _stack.Push(PickleOpaque.Instance); return true;
            case (byte)'F': _reader.Line(); _stack.Push(PickleOpaque.Instance); return true;
            default: return false;
        }
    }

    private void PushLineNumber()
    {
        var value = _reader.LineNumber();
        if (value is bool truth) _stack.Push(truth ? True : False);
        else PushNumber((long?)value);
    }

    private void PushNumber(long? number)
    {
        if (number is >= 0 and < 1024) _stack.Push(SmallNumbers[number.Value]);
        else if (number is null) _stack.Push(PickleOpaque.Instance);
        else
        {
            Charge(ContainerBytes);
            _stack.Push(number.Value);
        }
    }

    private bool Text(byte code)
    {
        switch (code)
        {
            case (byte)'X': PushText(_reader.Text(_reader.UInt32())); return true;
            case 0x8c: PushText(_reader.Text(_reader.Byte())); return true;
            case 0x8d: PushText(_reader.Text(_reader.Int64())); return true;
            case (byte)'T': PushText(_reader.Text(_reader.Int32())); return true;
            case (byte)'U': PushText(_reader.Text(_reader.Byte())); return true;
            case (byte)'S': PushText(_reader.Line().Trim('\'', '"')); return true;
            case (byte)'V': PushText(_reader.Line()); return true;
            case (byte)'B': PassOver(_reader.UInt32()); return true;
            case (byte)'C': PassOver(_reader.Byte()); return true;
            case 0x8e or 0x96: PassOver(_reader.Int64()); return true;
            default: return false;
        }
    }

    private void PushText(string? text)
    {
        Charge(ContainerBytes + 2L * (text?.Length ?? 0));
        _stack.Push(text ?? (object)PickleOpaque.Instance);
    }

    private void PassOver(long bytes)
    {
        _reader.Skip(bytes);
        _stack.Push(PickleOpaque.Instance);
    }

    private bool Collection(byte code)
    {
        switch (code)
        {
            case (byte)'(': _stack.Mark(); return true;
            case (byte)'0': _stack.Pop(); return true;
            case (byte)'1': _stack.PopToMark(); return true;
            case (byte)'2': _stack.Push(_stack.Peek()); return true;
            case (byte)')': PushTuple([]); return true;
            case (byte)'t': PushTuple(_stack.PopToMark()); return true;
            case >= 0x85 and <= 0x87: PushTuple(TopItems(code - 0x84)); return true;
            case (byte)']': PushList([]); return true;
            case (byte)'l': PushList(_stack.PopToMark()); return true;
            case (byte)'a': Append([_stack.Pop()]); return true;
            case (byte)'e': Append(_stack.PopToMark()); return true;
            case (byte)'}': PushDictionary([]); return true;
            case (byte)'d': PushDictionary(_stack.PopToMark()); return true;
            case (byte)'s': SetOne(); return true;
            case (byte)'u': SetMany(_stack.PopToMark()); return true;
            case 0x8f: _stack.Push(PickleOpaque.Instance); return true; // EMPTY_SET
            case 0x90: AddItems(); return true; // ADDITEMS
            case 0x91: _stack.PopToMark(); _stack.Push(PickleOpaque.Instance); return true; // FROZENSET
            default: return false;
        }
    }

    private void PushTuple(object?[] items)
    {
        Charge(ContainerBytes + ValueBytes * items.Length);
        _stack.Push(new PickleTuple(items));
    }

    private void PushList(object?[] items)
    {
        Charge(ContainerBytes + ValueBytes * items.Length);
        _stack.Push(new List<object?>(items));
    }

    private void PushDictionary(object?[] items)
    {
        Charge(ContainerBytes);
        _stack.Push(new PickleDictionary());
        if (items.Length > 0) SetMany(items);
    }

    private bool Memory(byte code)
    {
        switch (code)
        {
            case (byte)'q': Remember(_reader.Byte()); return true;
            case (byte)'r': Remember(_reader.UInt32()); return true;
            case (byte)'p': Remember(LineIndex()); return true;
            case 0x94: Remember(_memo.Count); return true;
            case (byte)'h': _stack.Push(Remembered(_reader.Byte())); return true;
            case (byte)'j': _stack.Push(Remembered(_reader.UInt32())); return true;
            case (byte)'g': _stack.Push(Remembered(LineIndex())); return true;
            default: return false;
        }
    }

    private void Object(byte code)
    {
        switch (code)
        {
            case (byte)'c': PushBuilt(globals.Find(_reader.Line(), _reader.Line())); return;
            case 0x93: PushStackGlobal(); return;
            case (byte)'R': PushBuilt(Call()); return;
            case 0x81: PushBuilt(New(hasKeywords: false)); return;
            case 0x92: PushBuilt(New(hasKeywords: true)); return;
            case (byte)'b': Build(); return;
            case (byte)'Q': PushBuilt(storages(_stack.Pop())); return;
            case (byte)'i': throw PickleGlobals.Refuse(_reader.Line(), _reader.Line());
            default: throw new PickleException($"has the instruction 0x{code:x2}, which weights do not need");
        }
    }

    /// <summary>What a call gave: a dict may have been filled from a list that is used again and again.</summary>
    private void PushBuilt(object? built)
    {
        Charge(3 * ContainerBytes + (built is PickleDictionary dictionary ? EntryBytes * dictionary.Named.Count : 0));
        _stack.Push(built);
    }

    private void PushStackGlobal()
    {
        var name = _stack.Pop<string>("a name");
        PushBuilt(globals.Find(_stack.Pop<string>("a module's name"), name));
    }

    private object? Call()
    {
        var arguments = _stack.Pop<PickleTuple>("a tuple of arguments").Items;
        return PickleGlobals.Call(_stack.Pop<PickleGlobal>("a function"), arguments);
    }

    private object? New(bool hasKeywords)
    {
        if (hasKeywords) _stack.Pop();
        var arguments = _stack.Pop<PickleTuple>("a tuple of arguments").Items;
        return PickleGlobals.New(_stack.Pop<PickleGlobal>("a class"), arguments);
    }

    /// <summary>Attributes: those of an ordered dict, its modules' versions, and of a tensor mean nothing here.</summary>
    private void Build()
    {
        var state = _stack.Pop();
        var target = _stack.Peek();
        if (target is not (PickleDictionary or PickleOpaque or TensorReference or UnreadableTensor))
            throw new PickleException("has something else where a dict belongs");
        if (target is not PickleObject made) return;
        foreach (var part in state is PickleTuple { Items: var parts } ? parts : [state])
        {
            if (part is not PickleDictionary attributes) continue;
            Charge(EntryBytes * attributes.Named.Count);
            made.Add(attributes);
        }
    }

    private object?[] TopItems(int count)
    {
        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--) items[i] = _stack.Pop();
        return items;
    }

    private void Append(object?[] items)
    {
        Charge(ValueBytes * items.Length);
        if (_stack.Peek() is PickleObject) return;
        _stack.Peek<List<object?>>("a list").AddRange(items);
    }

    private void AddItems()
    {
        _stack.PopToMark();
        if (_stack.Peek() is not (PickleOpaque or PickleObject)) throw new PickleException("has something else where a set belongs");
    }

    private void SetOne()
    {
        var value = _stack.Pop();
        SetMany([_stack.Pop(), value]);
    }

    private void SetMany(object?[] items)
    {
        if (items.Length % 2 != 0) throw new PickleException("has a key without a value");
        Charge(EntryBytes * items.Length / 2);
        var dictionary = _stack.Peek<PickleDictionary>("a dict");
        for (var i = 0; i < items.Length; i += 2) dictionary.Set(items[i], items[i + 1]);
    }

    private void Remember(long index)
    {
        Charge(EntryBytes / 2);
        _memo[index] = _stack.Peek();
    }

    private object? Remembered(long index) =>
        _memo.TryGetValue(index, out var value) ? value : throw new PickleException($"recalls the value {index}, which it never kept");

    private long LineIndex() =>
        _reader.LineNumber() is long index ? index : throw new PickleException("has something else where a whole number belongs");
}
