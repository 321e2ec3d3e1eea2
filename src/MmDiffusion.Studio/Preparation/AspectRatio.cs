using System.Globalization;

namespace MmDiffusion.Studio.Preparation;

/// <summary>A shape of pictures, whatever their size.</summary>
/// <param name="Width">Columns, above 0.</param>
/// <param name="Height">To so many rows, above 0.</param>
public readonly record struct AspectRatio(int Width, int Height)
{
    /// <summary>Shapes that differ by less cannot be told apart by eye.</summary>
    private const double Tolerance = 0.01;

    /// <summary>Reads "16:9"; null where a text is no such shape.</summary>
    public static AspectRatio? Parse(string text) =>
        text.Split(':') is [var width, var height] && Read(width) is { } columns && Read(height) is { } rows ? new AspectRatio(columns, rows) : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}:{Height}");

    internal double Value => (double)Width / Height;

    /// <summary>In lowest terms.</summary>
    internal AspectRatio Reduced()
    {
        var (divisor, rest) = (Width, Height);
        while (rest > 0) (divisor, rest) = (rest, divisor % rest);
        return new AspectRatio(Width / divisor, Height / divisor);
    }

    /// <summary>Whether two shapes look the same.</summary>
    internal bool Resembles(AspectRatio other) => Math.Abs(Value / other.Value - 1) < Tolerance;

    /// <summary>Columns of the largest part of this shape that a picture holds.</summary>
    internal double WidthWithin(int width, int height) => Math.Min(width, height * Value);

    private static int? Read(string side) => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= 10_000 ? value : null;
}
