using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>The element types of weights, by their names in each format.</summary>
internal static class ElementTypes
{
    private static readonly (ScalarType Type, int Size, string Safetensors, string Storage)[] Known =
    [
        (ScalarType.Float64, 8, "F64", "DoubleStorage"),
        (ScalarType.Float32, 4, "F32", "FloatStorage"),
        (ScalarType.Float16, 2, "F16", "HalfStorage"),
        (ScalarType.BFloat16, 2, "BF16", "BFloat16Storage"),
        (ScalarType.Int64, 8, "I64", "LongStorage"),
        (ScalarType.Int32, 4, "I32", "IntStorage"),
        (ScalarType.Int16, 2, "I16", "ShortStorage"),
        (ScalarType.Int8, 1, "I8", "CharStorage"),
        (ScalarType.Byte, 1, "U8", "ByteStorage"),
        (ScalarType.Bool, 1, "BOOL", "BoolStorage"),
    ];

    /// <summary>Names of PyTorch's storage classes.</summary>
    internal static IEnumerable<string> Storages => Known.Select(known => known.Storage);

    internal static ScalarType? OfSafetensors(string name) => Find(known => known.Safetensors == name);

    internal static ScalarType? OfStorage(string name) => Find(known => known.Storage == name);

    internal static int Size(ScalarType type) => Known.First(known => known.Type == type).Size;

    internal static string SafetensorsName(ScalarType type)
    {
        var name = Known.FirstOrDefault(known => known.Type == type).Safetensors;
        return name ?? throw new MmDiffusionException($"tensors of type {type} cannot be stored; convert them to one of {string.Join(", ", Known.Select(known => known.Type))}");
    }

    private static ScalarType? Find(Func<(ScalarType Type, int Size, string Safetensors, string Storage), bool> matches)
    {
        foreach (var known in Known)
            if (matches(known)) return known.Type;
        return null;
    }
}
