using MmDiffusion.Kernels;
using static TorchSharp.torch;

namespace MmDiffusion.Checkpoints;

/// <summary>A tensor as a window into a storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">Its first element.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Strides">Elements from one index to the next in each dimension.</param>
internal sealed record TensorReference(StorageReference Storage, long Offset, long[] Shape, long[] Strides)
{
    // A view that repeats its elements may have as many as this however small its storage is.
    private const long LargestRepeated = 1 << 20;

    /// <summary>Elements from the first to behind the last; 0 for an empty tensor.</summary>
    /// <exception cref="OverflowException">It is beyond 64 bits.</exception>
    internal long Extent =>
        Array.IndexOf(Shape, 0L) >= 0
            ? 0
            : Shape.Zip(Strides).Aggregate(1L, (extent, next) => checked(extent + (next.First - 1) * next.Second));

    /// <summary>Whether the elements lie one behind the other.</summary>
    internal bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected) return false;
                expected *= Shape[i];
            }
            return true;
        }
    }

    /// <summary>Checks that the tensor lies within its storage, and is not far larger than it by repeating elements.</summary>
    /// <exception cref="PickleException">It does not.</exception>
    internal void Validate()
    {
        try
        {
            if (Shape.Length == Strides.Length && Offset >= 0 && Shape.All(extent => extent >= 0) && Strides.All(stride => stride >= 0)
                && Shape.Aggregate(1L, (product, extent) => checked(product * Math.Max(extent, 1)))
                    <= Math.Max(Storage.Elements, LargestRepeated)
                && checked(Offset + Extent) <= Storage.Elements) return;
        }
        catch (OverflowException)
        {
            // As wrong as any other.
        }
        throw new PickleException(
            $"has a tensor [{string.Join(", ", Shape)}] that does not fit its storage of {Storage.Elements} elements");
    }
}

/// <summary>A tensor that cannot be read; the rest of the checkpoint can.</summary>
/// <param name="Reason">Completes "it …", with the remedy.</param>
internal sealed record UnreadableTensor(string Reason);

/// <summary>A storage that tensors look into.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">The type of its elements; null for one that is not read.</param>
/// <param name="TypeName">PyTorch's name of that type.</param>
/// <param name="ElementSize">Bytes of an element as it is stored.</param>
/// <param name="Elements">Number of elements.</param>
/// <param name="Offset">
/// Where it begins in the storage that holds its bytes, in elements: other than 0 only for views of the older format.
/// </param>
internal sealed record StorageReference(string Key, ScalarType? Type, string TypeName, int ElementSize, long Elements, long Offset = 0)
{
    /// <summary>Reads a persistent id: ('storage', class, key, device, elements, …).</summary>
    /// <param name="id">The id.</param>
    /// <param name="more">What follows the number of elements.</param>
    /// <exception cref="PickleException">It is something else.</exception>
    internal static StorageReference Of(object? id, out object?[] more)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal storage, string key, _, long elements, .. var rest] } || elements < 0)
            throw new PickleException("has something else where a storage belongs");
        more = rest;
        var type = storage.Name.Split('.')[^1];
        var size = ElementTypes.StorageSize(type)
            ?? throw new PickleException($"has a storage of '{storage.Name}', which is not supported");
        return new StorageReference(key, ElementTypes.OfStorage(type), type, size, elements);
    }
}

/// <summary>The bytes of contiguous CPU tensors, whatever their size, from and to files.</summary>
internal static class TensorBytes
{
    /// <summary>Number of bytes.</summary>
    internal static long Length(Tensor tensor) => TensorMemory.Length(tensor);

    /// <summary>Fills a tensor from a stream.</summary>
    /// <exception cref="EndOfStreamException">The stream is too short.</exception>
    internal static void Fill(Tensor tensor, Stream source) => TensorMemory.InParts(tensor, source.ReadExactly);

    /// <summary>Writes a tensor's bytes to a stream.</summary>
    internal static void Write(Tensor tensor, Stream target) => TensorMemory.InParts(tensor, bytes => target.Write(bytes));
}
