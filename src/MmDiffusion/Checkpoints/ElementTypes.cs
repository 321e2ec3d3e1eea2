using MmDiffusion.Media;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>The element types of weights, by their names in each format.</summary>
internal static class ElementTypes
{
    private static readonly (ScalarType Type, int Size, string Safetensors, string Storage, string Torch)[] Known =
    [
        (ScalarType.Float64, 8, "F64", "DoubleStorage", "float64"),
        (ScalarType.Float32, 4, "F32", "FloatStorage", "float32"),
        (ScalarType.Float16, 2, "F16", "HalfStorage", "float16"),
        (ScalarType.BFloat16, 2, "BF16", "BFloat16Storage", "bfloat16"),
        (ScalarType.Int64, 8, "I64", "LongStorage", "int64"),
        (ScalarType.Int32, 4, "I32", "IntStorage", "int32"),
        (ScalarType.Int16, 2, "I16", "ShortStorage", "int16"),
        (ScalarType.Int8, 1, "I8", "CharStorage", "int8"),
        (ScalarType.Byte, 1, "U8", "ByteStorage", "uint8"),
        (ScalarType.Bool, 1, "BOOL", "BoolStorage", "bool"),
    ];

    /// <summary>
    /// Storage classes whose tensors are not read, with the bytes of an element, which tell where the next storage begins.
    /// </summary>
    private static readonly Dictionary<string, int> OtherStorages = new(StringComparer.Ordinal)
    {
        ["UntypedStorage"] = 1,
        ["_UntypedStorage"] = 1,
        ["ComplexFloatStorage"] = 8,
        ["ComplexDoubleStorage"] = 16,
        ["QInt8Storage"] = 1,
        ["QUInt8Storage"] = 1,
        ["QUInt4x2Storage"] = 1,
        ["QUInt2x4Storage"] = 1,
        ["QInt32Storage"] = 4,
    };

    /// <summary>Names of PyTorch's storage classes.</summary>
    internal static IEnumerable<string> Storages => Known.Select(known => known.Storage);

    internal static ScalarType? OfSafetensors(string name) => Find(known => known.Safetensors == name);

    internal static ScalarType? OfStorage(string name) => Find(known => known.Storage == name);

    internal static ScalarType? OfTorch(string name) => Find(known => known.Torch == name);

    /// <summary>Bytes of an element of a storage class; null for one that is not known.</summary>
    internal static int? StorageSize(string name) =>
        OfStorage(name) is { } type ? Size(type) : OtherStorages.TryGetValue(name, out var size) ? size : null;

    internal static int Size(ScalarType type) => Known.First(known => known.Type == type).Size;

    internal static string SafetensorsName(ScalarType type)
    {
        var name = Known.FirstOrDefault(known => known.Type == type).Safetensors;
        return name
            ?? throw new MmDiffusionException(
                $"tensors of type {type} cannot be stored; convert them to one of {string.Join(", ", Known.Select(known => known.Type))}");
    }

    private static ScalarType? Find(Func<(ScalarType Type, int Size, string Safetensors, string Storage, string Torch), bool> matches)
    {
        foreach (var known in Known)
            if (matches(known)) return known.Type;
        return null;
    }
}
