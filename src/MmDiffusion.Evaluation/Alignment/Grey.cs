using MmDiffusion.Media;

namespace MmDiffusion.Evaluation.Alignment;

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
                values[row / factor * width + column / factor] += (frame[pixel] + frame[pixel + 1] + frame[pixel + 2]) / (3f * factor * factor);
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
        return (1 - down) * ((1 - across) * At(top, left) + across * At(top, left + 1)) + down * ((1 - across) * At(top + 1, left) + across * At(top + 1, left + 1));
    }
}
