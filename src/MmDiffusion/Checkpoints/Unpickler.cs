namespace MmDiffusion.Checkpoints;

/// <summary>
/// Reads the pickle of a state dict and nothing else. It builds plain values and calls only the functions of <see cref="PickleGlobals"/>;
/// any other name in the pickle is refused before anything could come of it.
/// </summary>
/// <param name="data">The pickle, and perhaps more behind it.</param>
/// <param name="globals">What the pickle may name.</param>
/// <param name="storages">Turns a persistent id into a reference to a storage.</param>
internal sealed class Unpickler(ReadOnlyMemory<byte> data, PickleGlobals globals, Func<object?, object> storages)
{
    private readonly PickleReader _reader = new(data);
    private readonly PickleStack _stack = new();
    private readonly Dictionary<long, object?> _memo = [];

    /// <summary>How many bytes the pickle took.</summary>
    internal int Length => _reader.Position;

    /// <summary>Reads one value.</summary>
    /// <exception cref="PickleException">The pickle is damaged, or asks for something that is never done.</exception>
    internal object? Load()
    {
        while (true)
        {
            var code = _reader.Byte();
            if (code == '.') return _stack.Pop();
            if (!Constant(code) && !Number(code) && !Text(code) && !Collection(code) && !Memory(code)) Object(code);
        }
    }

    private bool Constant(byte code)
    {
        switch (code)
        {
            case (byte)'N': _stack.Push(null); return true;
            case 0x88: _stack.Push(true); return true;
            case 0x89: _stack.Push(false); return true;
            case 0x80: _reader.Byte(); return true; // PROTO
            case 0x95: _reader.Int64(); return true; // FRAME
            default: return false;
        }
    }

    private bool Number(byte code)
    {
        switch (code)
        {
            case (byte)'J': _stack.Push((long)_reader.Int32()); return true;
            case (byte)'K': _stack.Push((long)_reader.Byte()); return true;
            case (byte)'M': _stack.Push((long)_reader.UInt16()); return true;
            case (byte)'I': _stack.Push(_reader.LineNumber()); return true;
            case (byte)'L': _stack.Push(_reader.LineNumber()); return true;
            case 0x8a: _stack.Push(_reader.Long(_reader.Byte())); return true;
            case 0x8b: _stack.Push(_reader.Long(_reader.Int32())); return true;
            case (byte)'G': _stack.Push(_reader.Float64()); return true;
            case (byte)'F': _stack.Push(_reader.LineFloat()); return true;
            default: return false;
        }
    }

    private bool Text(byte code)
    {
        switch (code)
        {
            case (byte)'X': _stack.Push(_reader.Text(_reader.UInt32())); return true;
            case 0x8c: _stack.Push(_reader.Text(_reader.Byte())); return true;
            case 0x8d: _stack.Push(_reader.Text(_reader.Int64())); return true;
            case (byte)'T': _stack.Push(_reader.Text(_reader.Int32())); return true;
            case (byte)'U': _stack.Push(_reader.Text(_reader.Byte())); return true;
            case (byte)'S': _stack.Push(_reader.Line().Trim('\'', '"')); return true;
            case (byte)'V': _stack.Push(_reader.Line()); return true;
            case (byte)'B': _stack.Push(_reader.Bytes(_reader.UInt32())); return true;
            case (byte)'C': _stack.Push(_reader.Bytes(_reader.Byte())); return true;
            case 0x8e: _stack.Push(_reader.Bytes(_reader.Int64())); return true;
            default: return false;
        }
    }

    private bool Collection(byte code)
    {
        switch (code)
        {
            case (byte)'(': _stack.Mark(); return true;
            case (byte)'0': _stack.Pop(); return true;
            case (byte)'1': _stack.PopToMark(); return true;
            case (byte)')': _stack.Push(new PickleTuple([])); return true;
            case (byte)'t': _stack.Push(new PickleTuple(_stack.PopToMark())); return true;
            case >= 0x85 and <= 0x87: _stack.Push(TupleOf(code - 0x84)); return true;
            case (byte)']': _stack.Push(new List<object?>()); return true;
            case (byte)'l': _stack.Push(_stack.PopToMark().ToList()); return true;
            case (byte)'a': Append(_stack.Pop()); return true;
            case (byte)'e': Append(_stack.PopToMark()); return true;
            case (byte)'}': _stack.Push(new PickleDictionary()); return true;
            case (byte)'d': _stack.Push(Set(new PickleDictionary(), _stack.PopToMark())); return true;
            case (byte)'s': SetOne(); return true;
            case (byte)'u': SetMany(); return true;
            default: return false;
        }
    }

    private bool Memory(byte code)
    {
        switch (code)
        {
            case (byte)'q': _memo[_reader.Byte()] = _stack.Peek<object?>("a value"); return true;
            case (byte)'r': _memo[_reader.UInt32()] = _stack.Peek<object?>("a value"); return true;
            case (byte)'p': _memo[_reader.LineNumber()] = _stack.Peek<object?>("a value"); return true;
            case 0x94: _memo[_memo.Count] = _stack.Peek<object?>("a value"); return true;
            case (byte)'h': _stack.Push(Remembered(_reader.Byte())); return true;
            case (byte)'j': _stack.Push(Remembered(_reader.UInt32())); return true;
            case (byte)'g': _stack.Push(Remembered(_reader.LineNumber())); return true;
            default: return false;
        }
    }

    private void Object(byte code)
    {
        switch (code)
        {
            case (byte)'c': _stack.Push(globals.Find(_reader.Line(), _reader.Line())); return;
            case 0x93: PushStackGlobal(); return;
            case (byte)'R': _stack.Push(Call()); return;
            case (byte)'b': Build(); return;
            case (byte)'Q': _stack.Push(storages(_stack.Pop())); return;
            case (byte)'i': throw PickleGlobals.Refuse(_reader.Line(), _reader.Line());
            default: throw new PickleException($"has the instruction 0x{code:x2}, which weights do not need");
        }
    }

    private void PushStackGlobal()
    {
        var name = _stack.Pop<string>("a name");
        _stack.Push(globals.Find(_stack.Pop<string>("a module's name"), name));
    }

    private object? Call()
    {
        var arguments = _stack.Pop<PickleTuple>("a tuple of arguments").Items;
        var function = _stack.Pop<PickleGlobal>("a function");
        return function.Build is { } build ? build(arguments) : throw new PickleException($"calls '{function.Name}', which is no function");
    }

    /// <summary>Attributes: only those of an ordered dict are met, its modules' versions, which mean nothing here.</summary>
    private void Build()
    {
        _stack.Pop();
        _stack.Peek<PickleDictionary>("a dict");
    }

    private PickleTuple TupleOf(int count)
    {
        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--) items[i] = _stack.Pop();
        return new PickleTuple(items);
    }

    private void Append(params object?[] items) => _stack.Peek<List<object?>>("a list").AddRange(items);

    private void SetOne()
    {
        var value = _stack.Pop();
        var key = _stack.Pop();
        _stack.Peek<PickleDictionary>("a dict").Set(key, value);
    }

    private void SetMany()
    {
        var items = _stack.PopToMark();
        Set(_stack.Peek<PickleDictionary>("a dict"), items);
    }

    private static PickleDictionary Set(PickleDictionary dictionary, object?[] items)
    {
        if (items.Length % 2 != 0) throw new PickleException("has a key without a value");
        for (var i = 0; i < items.Length; i += 2) dictionary.Set(items[i], items[i + 1]);
        return dictionary;
    }

    private object? Remembered(long index) => _memo.TryGetValue(index, out var value) ? value : throw new PickleException($"recalls the value {index}, which it never kept");
}
