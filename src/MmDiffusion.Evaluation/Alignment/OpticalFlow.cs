using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Alignment;

/// <summary>How fast what is seen moves: dense optical flow by the method of Lucas and Kanade, from coarse to fine.</summary>
internal static class OpticalFlow
{
    /// <summary>Frames are shrunk to it: how fast a clip moves needs no more, and the time does not depend on the size.</summary>
    private const int Longest = 64;

    private const int Coarsest = 8;
    private const int Rounds = 2;
    private const int Reach = 2;

    /// <summary>
    /// Added to the squares of a window of 25 pixels; where contrasts are below 2 levels, what is seen is noise and stands still.
    /// </summary>
    private const float Flat = 100;

    /// <summary>Follows frames.</summary>
    /// <returns>
    /// For every frame but the first, the mean length of the motion since the frame before, as a share of the longer side.
    /// </returns>
    internal static double[] Of(Frames frames)
    {
        var speeds = new double[frames.Count - 1];
        var before = Pyramid(frames, 0);
        for (var i = 0; i < speeds.Length; i++)
        {
            var after = Pyramid(frames, i + 1);
            speeds[i] = Speed(before, after);
            before = after;
        }
        return speeds;
    }

    private static List<Grey> Pyramid(Frames frames, int number)
    {
        List<Grey> levels = [Grey.Of(frames, number, Longest)];
        while (Math.Min(levels[^1].Height, levels[^1].Width) >= 2 * Coarsest) levels.Add(levels[^1].Halved());
        return levels;
    }

    private static double Speed(List<Grey> before, List<Grey> after)
    {
        float[] across = new float[before[^1].Values.Length], down = new float[before[^1].Values.Length];
        for (var level = before.Count - 1; level >= 0; level--)
        {
            if (level < before.Count - 1)
                (across, down) = (Doubled(across, before[level + 1], before[level]), Doubled(down, before[level + 1], before[level]));
            for (var round = 0; round < Rounds; round++) Refine(before[level], after[level], across, down);
        }
        return across.Zip(down, (x, y) => Math.Sqrt(x * x + y * y)).Average() / Math.Max(before[0].Height, before[0].Width);
    }

    /// <summary>Motion on a level of twice the size.</summary>
    private static float[] Doubled(float[] motion, Grey from, Grey to) => [.. Enumerable.Range(0, to.Values.Length).Select(place =>
        2 * motion[Math.Min(place / to.Width / 2, from.Height - 1) * from.Width + Math.Min(place % to.Width / 2, from.Width - 1)])];

    /// <summary>
    /// Moves the later frame back by the motion found so far, and adds the motion that best explains what still differs in the window
    /// around each pixel.
    /// </summary>
    private static void Refine(Grey before, Grey after, float[] across, float[] down)
    {
        var (height, width) = (before.Height, before.Width);
        var slopes = new (float X, float Y, float Change)[height * width];
        for (var place = 0; place < slopes.Length; place++)
        {
            var (row, column) = (place / width, place % width);
            slopes[place] = (
                (before.At(row, column + 1) - before.At(row, column - 1)) / 2,
                (before.At(row + 1, column) - before.At(row - 1, column)) / 2,
                after.At(row + down[place], column + across[place]) - before.Values[place]);
        }
        for (var place = 0; place < slopes.Length; place++)
        {
            var (xx, xy, yy, xc, yc) = (Flat, 0f, Flat, 0f, 0f);
            for (var row = Math.Max(0, place / width - Reach); row <= Math.Min(height - 1, place / width + Reach); row++)
                for (var column = Math.Max(0, place % width - Reach); column <= Math.Min(width - 1, place % width + Reach); column++)
                {
                    var (x, y, change) = slopes[row * width + column];
                    (xx, xy, yy, xc, yc) = (xx + x * x, xy + x * y, yy + y * y, xc + x * change, yc + y * change);
                }
            // The least squares of x·across + y·down + change.
            var determinant = xx * yy - xy * xy;
            across[place] += Math.Clamp((xy * yc - yy * xc) / determinant, -1, 1);
            down[place] += Math.Clamp((xy * xc - xx * yc) / determinant, -1, 1);
        }
    }
}

/// <summary>A frame without colours.</summary>
/// <param name="Values">[H,W], 0 … 255.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
internal sealed record Grey(float[] Values, int Height, int Width)
{
    /// <summary>A frame, shrunk by a whole number until no side is longer than a limit.</summary>
    internal static Grey Of(Frames frames, int number, int longest)
    {
        var factor = (Math.Max(frames.Height, frames.Width) + longest - 1) / longest;
        var (height, width) = (Math.Max(1, frames.Height / factor), Math.Max(1, frames.Width / factor));
        var frame = frames[number];
        var values = new float[height * width];
        for (var row = 0; row < height * factor && row < frames.Height; row++)
            for (var column = 0; column < width * factor && column < frames.Width; column++)
            {
                var pixel = (row * frames.Width + column) * 3;
                values[row / factor * width + column / factor] += (frame[pixel] + frame[pixel + 1] + frame[pixel + 2])
                    / (3f * factor * factor);
            }
        return new Grey(values, height, width);
    }

    /// <summary>The mean of each two by two pixels.</summary>
    internal Grey Halved()
    {
        var half = new Grey(new float[Math.Max(1, Height / 2) * Math.Max(1, Width / 2)], Math.Max(1, Height / 2), Math.Max(1, Width / 2));
        for (var place = 0; place < half.Values.Length; place++)
        {
            var (row, column) = (2 * (place / half.Width), 2 * (place % half.Width));
            half.Values[place] = (At(row, column) + At(row, column + 1) + At(row + 1, column) + At(row + 1, column + 1)) / 4;
        }
        return half;
    }

    /// <summary>A pixel; beyond the edges that of the edge.</summary>
    internal float At(int row, int column) => Values[Math.Clamp(row, 0, Height - 1) * Width + Math.Clamp(column, 0, Width - 1)];

    /// <summary>Between pixels.</summary>
    internal float At(float row, float column)
    {
        var (top, left) = ((int)MathF.Floor(row), (int)MathF.Floor(column));
        var (down, across) = (row - top, column - left);
        return (1 - down) * ((1 - across) * At(top, left) + across * At(top, left + 1))
            + down * ((1 - across) * At(top + 1, left) + across * At(top + 1, left + 1));
    }
}
