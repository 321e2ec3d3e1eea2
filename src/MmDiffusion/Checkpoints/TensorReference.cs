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
        Array.IndexOf(Shape, 0L) >= 0 ? 0 : Shape.Zip(Strides).Aggregate(1L, (extent, next) => checked(extent + (next.First - 1) * next.Second));

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
                && Shape.Aggregate(1L, (product, extent) => checked(product * Math.Max(extent, 1))) <= Math.Max(Storage.Elements, LargestRepeated)
                && checked(Offset + Extent) <= Storage.Elements) return;
        }
        catch (OverflowException)
        {
            // As wrong as any other.
        }
        throw new PickleException($"has a tensor [{string.Join(", ", Shape)}] that does not fit its storage of {Storage.Elements} elements");
    }
}

/// <summary>A tensor that cannot be read; the rest of the checkpoint can.</summary>
/// <param name="Reason">Completes "it …", with the remedy.</param>
internal sealed record UnreadableTensor(string Reason);
