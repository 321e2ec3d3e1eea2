using System.Buffers.Binary;
using System.Text;

namespace MmDiffusion.Testing.Models;

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

    /// <summary>A dict, list, text, number, truth value, null, tensor of floats in the storage '0', or whatever an action writes.</summary>
    internal PickleWriter Value(object? value)
    {
        switch (value)
        {
            case null: return Op('N');
            case bool truth: return Op((byte)(truth ? 0x88 : 0x89));
            case int number: return Number(number);
            case string text: return Text(text);
            case Floats floats: return Tensor("FloatStorage", "0", Floats.Stored, floats.First, floats.Shape, Strides(floats.Shape));
            case Action<PickleWriter> write: write(this); return this;
            case IReadOnlyDictionary<string, object?> dictionary:
                Op('}').Op('(');
                foreach (var (key, item) in dictionary) Text(key).Value(item);
                return Op('u');
            case IEnumerable<object?> list:
                Op(']').Op('(');
                foreach (var item in list) Value(item);
                return Op('e');
            default: throw new ArgumentException($"{value.GetType()} is not written");
        }
    }

    /// <summary>A tensor in the storage '0' of <see cref="Stored"/> floats, each its own index.</summary>
    internal sealed record Floats(int First, params int[] Shape)
    {
        internal const int Stored = 64;

        internal static byte[] Storage => PtFixture.Floats([.. Enumerable.Range(0, Stored).Select(i => (float)i)]);
    }

    internal static int[] Strides(int[] shape)
    {
        var strides = new int[shape.Length];
        for (var (i, next) = (shape.Length - 1, 1); i >= 0; next *= shape[i--]) strides[i] = next;
        return strides;
    }

    private PickleWriter Storage(string storage, string key, int elements) =>
        Op('(').Text("storage").Global("torch", storage).Text(key).Text("cpu").Number(elements).Op('t').Op('Q');
}
