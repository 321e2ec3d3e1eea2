using System.Text;

namespace MmDiffusion.Evaluation.Tests.Extraction;

/// <summary>Writes the smallest ONNX networks: one node, from "input" to "output".</summary>
internal static class OnnxFile
{
    private const int Float = 1;

    /// <summary>A network that applies one operator without attributes, such as Flatten.</summary>
    internal static void Write(string path, string operation, int dimensions)
    {
        byte[] node = [.. Text(1, "input"), .. Text(2, "output"), .. Text(4, operation)];
        byte[] graph =
        [
            .. Message(1, node),
            .. Text(2, "graph"),
            .. Message(11, Value("input", dimensions)),
            .. Message(12, Value("output", 2)),
        ];
        File.WriteAllBytes(path, [.. Number(1, 8), .. Message(8, Number(2, 13)), .. Message(7, graph)]);
    }

    /// <summary>A float32 tensor whose extents are all left open.</summary>
    private static byte[] Value(string name, int dimensions)
    {
        byte[] shape = [.. Enumerable.Range(0, dimensions).SelectMany(i => Message(1, Text(2, $"{name}{i}")))];
        return [.. Text(1, name), .. Message(2, Message(1, [.. Number(1, Float), .. Message(2, shape)]))];
    }

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] content) => [.. Varint((field << 3) | 2), .. Varint(content.Length), .. content];

    private static byte[] Number(int field, int value) => [.. Varint(field << 3), .. Varint(value)];

    private static byte[] Varint(int value) => value < 128 ? [(byte)value] : [(byte)(value & 127 | 128), .. Varint(value >> 7)];
}
