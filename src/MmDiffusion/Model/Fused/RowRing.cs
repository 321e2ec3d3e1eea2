namespace MmDiffusion.Model;

/// <summary>Some rows of a head, from one on: behind the last of all comes the first.</summary>
/// <typeparam name="T">How numbers are stored.</typeparam>
/// <param name="head">The first row of all.</param>
/// <param name="stride">Numbers from one row to the next.</param>
/// <param name="first">Which row is the first of these.</param>
/// <param name="count">How many these are.</param>
/// <param name="all">How many all are.</param>
internal readonly unsafe struct RowRing<T>(T* head, long stride, int first, int count, int all) where T : unmanaged
{
    /// <summary>How many rows these are.</summary>
    internal int Count => count;

    /// <summary>Numbers from one row to the next.</summary>
    internal long Stride => stride;

    /// <summary>How many of them lie one behind the other from the first on; the others do so from the first of all on.</summary>
    internal int Straight => Math.Min(count, all - first);

    /// <summary>Which row of all one of these is.</summary>
    internal int Place(int row) => first + row < all ? first + row : first + row - all;

    /// <summary>Where one of them begins.</summary>
    internal T* this[int row] => head + Place(row) * stride;
}
