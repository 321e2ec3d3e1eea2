namespace MmDiffusion.Model;

/// <summary>Quotients rounded up.</summary>
internal static class Ceiling
{
    /// <summary>How many parts of a size it takes to hold so many; the last may hold fewer.</summary>
    internal static int Of(int count, int size) => (count + size - 1) / size;
}
