namespace MmDiffusion.Data;

/// <summary>
/// The difference hash of a frame: 8 rows of 8 bits, each telling whether brightness falls from one place to the next on its right.
/// It survives scaling, compression and changes of brightness.
/// </summary>
internal static class FrameHash
{
    internal const int Columns = 9;
    internal const int Rows = 8;

    /// <summary>Levels that noise does not reach.</summary>
    private const float Clear = 2;

    /// <summary>Fewer clear differences than this do not tell frames apart.</summary>
    private const int FewestClear = 16;

    /// <summary>Hashes a frame; 0 where it has too little detail.</summary>
    /// <param name="grid">Brightness [8,9], 0 to 255.</param>
    internal static ulong Of(ReadOnlySpan<float> grid)
    {
        var (hash, clear) = (0UL, 0);
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns - 1; column++)
            {
                var fall = grid[row * Columns + column] - grid[row * Columns + column + 1];
                hash = (hash << 1) | (fall > 0 ? 1UL : 0);
                if (Math.Abs(fall) > Clear) clear++;
            }
        }
        return clear >= FewestClear ? hash : 0;
    }

    /// <summary>Brightness of a frame on a coarse grid.</summary>
    /// <param name="frame">[H,W,3].</param>
    /// <param name="height">At least <see cref="Rows"/>.</param>
    /// <param name="width">At least <see cref="Columns"/>.</param>
    /// <param name="grid">Receives [8,9].</param>
    internal static void Shrink(ReadOnlySpan<byte> frame, int height, int width, Span<float> grid)
    {
        Span<int> counts = stackalloc int[Rows * Columns];
        counts.Clear();
        grid.Clear();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var cell = y * Rows / height * Columns + x * Columns / width;
                var at = (y * width + x) * 3;
                grid[cell] += 0.299f * frame[at] + 0.587f * frame[at + 1] + 0.114f * frame[at + 2];
                counts[cell]++;
            }
        }
        for (var i = 0; i < grid.Length; i++) grid[i] /= counts[i];
    }
}
