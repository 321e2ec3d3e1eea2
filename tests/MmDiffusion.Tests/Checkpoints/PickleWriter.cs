using System.Buffers.Binary;
using System.Text;

namespace MmDiffusion.Tests.Checkpoints;

/// <summary>Writes pickles byte by byte, good ones and bad ones.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> _bytes = [];

    internal PickleWriter(byte protocol = 2) => Op(0x80, protocol);

    internal byte[] Stop()
    {
        Op((byte)'.');
        return [.. _bytes];
    }

    internal PickleWriter Op(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    internal PickleWriter Op(char code) => Op((byte)code);

    internal PickleWriter Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Op('X');
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        _bytes.AddRange(length);
        return Op(utf8);
    }

    internal PickleWriter Number(int value)
    {
        Op('J');
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    internal PickleWriter Global(string module, string name) => Op('c').Op(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));

    internal PickleWriter Numbers(params int[] values)
    {
        Op('(');
        foreach (var value in values) Number(value);
        return Op('t');
    }

    /// <summary>An empty ordered dict, open for items up to <see cref="EndItems"/>.</summary>
    internal PickleWriter BeginDictionary() => Global("collections", "OrderedDict").Op(')').Op('R').Op('(');

    internal PickleWriter EndItems() => Op('u');

    /// <summary>A tensor as torch.save writes it.</summary>
    internal PickleWriter Tensor(string storage, string key, int elements, int offset, int[] shape, int[] strides) =>
        Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage(storage, key, elements).Number(offset).Numbers(shape).Numbers(strides)
            .Op(0x89).BeginDictionary().EndItems().Op('t').Op('R');

    private PickleWriter Storage(string storage, string key, int elements) =>
        Op('(').Text("storage").Global("torch", storage).Text(key).Text("cpu").Number(elements).Op('t').Op('Q');
}
